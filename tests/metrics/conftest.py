from hypothesis import HealthCheck, settings

# the same examples on every run, however slow the machine
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")
