# One command each: `make song` makes a song, `make test` runs the tests. Both can be run again.

PROMPT ?= happy pop song about summer
SONG ?= song
VENV ?= .venv
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help song studio test test-slow bench fuzz soak wild mutants docs gallery notebooks lint clean data train

help:
	@echo "make song        set everything up and make a song (PROMPT=\"slow waltz in D minor\" SONG=folder)"
	@echo "make studio      build the studio's page (needs Node 20)"
	@echo "make test        set everything up and run the tests"
	@echo "make test-slow   the tests that take minutes"
	@echo "make mutants     see that the tests notice when music gets worse"
	@echo "make docs        wrap the lines of all documents alike, and build their site"
	@echo "make gallery     sound and pictures of the site's songs"
	@echo "make notebooks   open the lessons in JupyterLab"
	@echo "make fuzz        mutated inputs for every reader (MINUTES=5 READER=abc)"
	@echo "make soak        song after song through every format in one process (BRIEFS=2000)"
	@echo "make wild        read a folder of files from elsewhere (FOLDER=midi FILES=500 CHECK=identity)"
	@echo "make bench       speed, stage by stage, against a commit (AGAINST=v0.1.0 PAIRS=3)"
	@echo "make lint        ruff, mypy and the layer contract"
	@echo "make data        from the unpacked sources in DATA to training examples"
	@echo "make train       train the phrase model"
	@echo "make clean       remove the virtual environment"

song: $(VENV)/.installed
	@./.ci/need-fluidsynth "$(VENV)/bin/python"
	$(VENV)/bin/symbolic-music create "$(PROMPT)" -o "$(SONG)"
	@echo "Your song: $(abspath $(SONG))/song.wav (sound), song.mid (editable), lead.musicxml (lead sheet)"

# Into the package, where the built files are committed; the install scripts of packages are not run.
studio:
	cd studio && npm ci --ignore-scripts --no-audit --no-fund && npm run build

# As many processes as there are processors; each test has folders of its own.
JOBS ?= auto
test: $(VENV)/.installed-dev
	@./.ci/need-fluidsynth "$(VENV)/bin/python" || echo "Going on without it: tests that make sound are skipped."
	$(VENV)/bin/python -m pytest -q -n "$(JOBS)" --dist worksteal

test-slow: $(VENV)/.installed-dev
	$(VENV)/bin/python -m pytest -q -m slow

# Each fault of tests/mutants/mutants.toml must make its test fail.
mutants: $(VENV)/.installed-dev
	$(VENV)/bin/python -m tests.mutants

DOCUMENTS = README.md CHANGELOG.md docs soundfonts/README.md symbolic_music/weights/README.md
docs: $(VENV)/.installed-docs
	$(VENV)/bin/mdformat $(DOCUMENTS)
	PYTHONPATH=. $(VENV)/bin/python -m mkdocs build --strict --quiet
	@echo "The site: $(abspath build/site)/index.html"

# Sound and pictures of the site's 24 songs, into build/gallery; some minutes. Those that are there are kept.
gallery: $(VENV)/.installed-docs
	@./.ci/need-fluidsynth "$(VENV)/bin/python"
	$(VENV)/bin/python -m docs_build.gallery

notebooks: $(VENV)/.installed
	$(PIP) install -qq -c constraints.txt -e '.[notebooks]'
	$(VENV)/bin/python -m jupyterlab notebooks

# Against the last tag, if no commit is named; nothing else should run meanwhile.
AGAINST ?=
PAIRS ?= 3
bench: $(VENV)/.installed-dev
	$(VENV)/bin/python -m tests.bench --pairs "$(PAIRS)" $(if $(AGAINST),--against "$(AGAINST)")

# Guided by coverage where atheris can be installed (Linux), else by chance.
MINUTES ?= 5
READER ?=
fuzz: $(VENV)/.installed-dev
	-$(PIP) install -qq -c constraints.txt -e '.[fuzz]'
	$(VENV)/bin/python -m tests.fuzz --minutes "$(MINUTES)" $(if $(READER),--reader "$(READER)")

BRIEFS ?= 2000
soak: $(VENV)/.installed-dev
	$(VENV)/bin/python -m tests.soak --briefs "$(BRIEFS)"

# CHECK: notes (as mido reads them), identity (import, export, import), import (as songs), reading.
FOLDER ?= midi
FILES ?= 500
CHECK ?= reading
wild: $(VENV)/.installed-dev
	$(VENV)/bin/python -m tests.wild --folder "$(FOLDER)" --files "$(FILES)" --check "$(CHECK)"

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy symbolic_music
	$(VENV)/bin/lint-imports

clean:
	rm -rf "$(VENV)"

# A stamp is written only after its installation succeeded, so an interrupted one is taken up again.
$(VENV)/.python:
	@./.ci/make-venv "$(VENV)"
	@touch $@

$(VENV)/.installed: $(VENV)/.python pyproject.toml constraints.txt
	$(PIP) install -qq -c constraints.txt -e .
	@touch $@

# Only training and the tests need torch.
$(VENV)/.installed-docs: $(VENV)/.installed-dev
	$(PIP) install -qq -c constraints.txt -e '.[docs]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@./.ci/install-torch "$(VENV)/bin/python" constraints.txt
	$(PIP) install -qq -c constraints.txt -e '.[dev]'
	@touch $@

# From the sources to weights: DATA is the folder of the unpacked sources.
DATA ?= data
DATASET ?= dataset
SHARDS ?= shards
RUN ?= runs/phrases
WEIGHTS ?= symbolic_music/weights
EVALUATION ?= symbolic_music/evaluation
CONFIG ?= training.toml
# Sources of the lead sheets; nottingham (GPL) can be added. Songs and hymns in voices are sheets of their own.
SONGS ?= pop909 openewld billboard
VOICES ?= rs200 pd_songs open_hymnal mutopia_free progressions
# For a trial: --limit 2, total_steps=2, --epochs 1, --n 5
MMA_OPTIONS ?=
TRAIN_OPTIONS ?=
PLANNER_OPTIONS ?=
CRITIC_OPTIONS ?=
PY = $(VENV)/bin/python
data: $(VENV)/.installed-dev
	$(PY) -m data_prep build --data "$(DATA)" --out "$(DATASET)"
	$(PY) -m data_prep export --dataset "$(DATASET)" --out "$(SHARDS)/songs.jsonl" --sources $(SONGS)
	$(PY) -m data_prep export --dataset "$(DATASET)" --out "$(SHARDS)/voices.jsonl" --sources $(VOICES)
	$(PY) -m data_prep export --dataset "$(DATASET)" --out "$(SHARDS)/lieder.jsonl" --sources lieder
	$(PY) -m data_prep.mma --songs "$(SHARDS)/songs.jsonl" --out "$(SHARDS)/arrangements.jsonl" $(MMA_OPTIONS)
	$(PY) -m data_prep.examples --songs "$(SHARDS)/songs.jsonl" --out "$(SHARDS)/lead.npz"
	$(PY) -m data_prep.examples --songs "$(SHARDS)/voices.jsonl" --out "$(SHARDS)/voices.npz"
	$(PY) -m data_prep.examples --songs "$(SHARDS)/lieder.jsonl" --out "$(SHARDS)/lieder.npz" --share 0.5
	$(PY) -m data_prep.pieces --dataset "$(DATASET)" --songs "$(SHARDS)/bands.jsonl" --arrangements "$(SHARDS)/pieces_arrangements.jsonl"
	$(PY) -m data_prep.examples --songs "$(SHARDS)/bands.jsonl" --out "$(SHARDS)/pieces.npz"
	$(PY) -m data_prep.band_examples --songs "$(SHARDS)/songs.jsonl" "$(SHARDS)/bands.jsonl" --arrangements "$(SHARDS)/arrangements.jsonl" "$(SHARDS)/pieces_arrangements.jsonl" --out "$(SHARDS)/band.npz"
	$(PY) -m data_prep.groove_examples --dataset "$(DATASET)" --songs "$(SHARDS)/songs.jsonl" --out "$(SHARDS)/groove.npz"
	$(PY) -m data_prep.structure --data "$(DATA)" --dataset "$(DATASET)" --out "$(SHARDS)/plans.jsonl"

# The critic is fitted to what the new networks write, so it comes after both; then what only reads people's songs.
train: $(VENV)/.installed-dev
	$(PY) -m symbolic_music.training.train_planner --plans "$(SHARDS)/plans.jsonl" --out "$(WEIGHTS)" $(PLANNER_OPTIONS)
	$(PY) -m symbolic_music.training --config "$(CONFIG)" run="$(RUN)" $(TRAIN_OPTIONS)
	$(PY) -m symbolic_music.training.export "$(RUN)/best" "$(WEIGHTS)/phrases"
	$(PY) -m data_prep.melody_critic --shards "$(SHARDS)/lead.npz" --out "$(WEIGHTS)/melody_critic.npz" $(CRITIC_OPTIONS)
	$(PY) -m data_prep.reference --songs "$(SHARDS)/songs.jsonl" --out "$(EVALUATION)/human_reference.json" --windows "$(WEIGHTS)/human_windows.npz"
	$(PY) -m data_prep.originality_index --songs "$(SHARDS)/songs.jsonl" "$(SHARDS)/lieder.jsonl" --out "$(WEIGHTS)/originality.npz"
