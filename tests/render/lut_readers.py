"""Two readers of ``.cube`` files that are not ours; pixels go in and come back as planes (3, N), float64."""

import warnings

import numba  # noqa: F401 - before colour-science, which puts a mock in SciPy's place that numba cannot bear
import numpy as np
import PyOpenColorIO

with warnings.catch_warnings():  # it would like to have SciPy and Matplotlib, which nothing here needs
    warnings.simplefilter("ignore")
    import colour
    from colour.algebra import table_interpolation_tetrahedral


def by_ocio(path, rgb):
    """OpenColorIO's reading; PyOpenColorIO.Exception if neither its Iridas nor its Resolve reader takes the file."""
    PyOpenColorIO.ClearAllCaches()  # it remembers files by their names
    PyOpenColorIO.SetLoggingLevel(PyOpenColorIO.LOGGING_LEVEL_NONE)
    transform = PyOpenColorIO.FileTransform(str(path), interpolation=PyOpenColorIO.INTERP_TETRAHEDRAL)
    processor = PyOpenColorIO.Config.CreateRaw().getProcessor(transform)
    pixels = np.ascontiguousarray(rgb.T, np.float32)
    processor.getOptimizedCPUProcessor(PyOpenColorIO.OPTIMIZATION_LOSSLESS).applyRGB(pixels)
    return pixels.T.astype(float)


def by_colour(path, rgb, dialect):
    """colour-science's reading of a dialect, ``Iridas`` or ``Resolve``, for inputs inside the domain."""
    lut = getattr(colour.io, f"read_LUT_{dialect}Cube")(str(path))
    tetrahedral = {"interpolator": table_interpolation_tetrahedral}
    if isinstance(lut, colour.LUTSequence):
        return lut.apply(rgb.T, LUT3D=tetrahedral).T
    return lut.apply(rgb.T, **tetrahedral if isinstance(lut, colour.LUT3D) else {}).T


def grid(domain, points, beyond=0.0):
    """Planes (3, points**3) that fill a domain (2, 3), widened by ``beyond`` of its width at each end."""
    low, high = np.asarray(domain, float)
    margin = beyond * (high - low)
    axes = np.linspace(low - margin, high + margin, points).T
    return np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)
