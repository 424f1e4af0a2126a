# One command each: `make song` makes a song, `make test` runs the tests. Both can be run again.

PROMPT ?= happy pop song about summer
SONG ?= song
VENV ?= .venv
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help song test test-slow lint clean data train

help:
	@echo "make song        set everything up and make a song (PROMPT=\"slow waltz in D minor\" SONG=folder)"
	@echo "make test        set everything up and run the tests"
	@echo "make test-slow   the tests that take minutes"
	@echo "make lint        ruff, mypy and the layer contract"
	@echo "make data        from the unpacked sources in DATA to training examples"
	@echo "make train       train the phrase model"
	@echo "make clean       remove the virtual environment"

song: $(VENV)/.installed
	@./.ci/need-fluidsynth "$(VENV)/bin/python"
	$(VENV)/bin/symbolic-music create "$(PROMPT)" -o "$(SONG)"
	@echo "Your song: $(abspath $(SONG))/song.wav (sound), song.mid (editable), lead.musicxml (lead sheet)"

test: $(VENV)/.installed-dev
	@./.ci/need-fluidsynth "$(VENV)/bin/python" || echo "Going on without it: tests that make sound are skipped."
	$(VENV)/bin/python -m pytest -q

test-slow: $(VENV)/.installed-dev
	$(VENV)/bin/python -m pytest -q -m slow

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
	@./.ci/install-torch "$(VENV)/bin/python" constraints.txt
	$(PIP) install -qq -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install -qq -c constraints.txt -e '.[dev]'
	@touch $@

# From the sources to weights: DATA is the folder of the unpacked sources.
DATA ?= data
# Sources of the phrase model; a build without the GPL source leaves nottingham out.
SONGS ?= pop909 openewld nottingham billboard
data: $(VENV)/.installed-dev
	$(VENV)/bin/python -m data_prep build --data "$(DATA)" --out dataset
	$(VENV)/bin/python -m data_prep export --dataset dataset --out shards/songs.jsonl --sources $(SONGS)
	$(VENV)/bin/python -m data_prep.mma --songs shards/songs.jsonl --out shards/arrangements.jsonl
	$(VENV)/bin/python -m data_prep.examples --songs shards/songs.jsonl --out shards/lead.npz
	$(VENV)/bin/python -m data_prep.band_examples --songs shards/songs.jsonl --arrangements shards/arrangements.jsonl --out shards/band.npz
	$(VENV)/bin/python -m data_prep.structure --data "$(DATA)" --out shards/plans.jsonl

train: $(VENV)/.installed-dev
	$(VENV)/bin/python -m symbolic_music.training --config training.toml
	$(VENV)/bin/python -m symbolic_music.training.export runs/phrases/best symbolic_music/weights/phrases
	$(VENV)/bin/python -m data_prep.melody_critic --songs shards/songs.jsonl
