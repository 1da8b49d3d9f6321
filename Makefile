# Every developer command; `make` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.run  ## a whole newsroom on this machine: sign up, confirm, send, read (ONCE=1: by itself, then exit; FRESH=1: anew)
	@$(BIN)/newsletter demo $(if $(ONCE),--once) $(if $(FRESH),--fresh)

test: $(VENV)/.test chromium mailservers check  ## linters, types, import contracts and all tests
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

check: $(VENV)/.test  ## linters, types and import contracts only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

screenshots: $(VENV)/.test chromium  ## pictures of the issue and of each page, narrow, wide and dark, in screenshots/ (IN=uk: for a browser in Ukrainian)
	@$(BIN)/python -m tests.screenshots screenshots $(or $(IN),en)

golden: $(VENV)/.test  ## write the golden files of the rendered issue anew (then read the diff)
	@$(BIN)/python -m pytest tests/rendering --golden

catalogues: $(VENV)/.test  ## bring the pages' languages up to their sentences (then translate the empty ones)
	@$(BIN)/python -m tests.catalogues

lock: $(VENV)/.test  ## bring the hashed lock files up to pyproject.toml (needs uv)
	@for set in "run:--group build" "test:--group build --group test"; do \
	  uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
	    --no-emit-find-links --extra demo $${set#*:} pyproject.toml -o requirements/$${set%%:*}.txt; done

bench: $(VENV)/.test  ## compare ways of sending, speed and exactness, in about ten minutes (ARGS="--quick", "profile", "--help")
	@$(BIN)/python -m bench $(ARGS)

faults: $(VENV)/.test  ## kill senders 200 times at random instants and compare what arrived with the ledger (ARGS="--help")
	@$(BIN)/python -m bench.faults $(ARGS)

bench-tools: $(VENV)/.test  # Postfix's smtp-source, to compare with: Debian's package, unpacked into bench/.build
	@$(BIN)/python -m bench.smtp_source

clean:  ## remove the environment and everything made
	@rm -rf $(VENV) demo screenshots dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The stamps are newer than the locks they were made from, so a second run starts at once.
$(VENV)/.run: requirements/run.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the newsletter needs into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements/test.txt
	@echo "Installing what the tests need into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

# The browser tests need a Chromium; Debian and Ubuntu have one as a package.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	  echo "Installing Chromium for the browser tests ..."; \
	  SUDO=$$(test "$$(id -u)" = 0 || echo sudo); \
	  $$SUDO apt-get -qq update && $$SUDO env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install chromium fonts-liberation \
	    >/dev/null; }

# One test sends through real mail servers. They come as Debian's packages, which are fetched unasked only where
# nothing would start them: as root on a machine without systemd, such as a container.
mailservers:
	@command -v postfix >/dev/null && command -v dovecot >/dev/null && command -v spamassassin >/dev/null || \
	  if [ "$$(id -u)" = 0 ] && [ ! -d /run/systemd/system ] && command -v apt-get >/dev/null; then \
	    echo "Installing Postfix, Dovecot and SpamAssassin for the test through real mail servers ..."; \
	    apt-get -qq update && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
	      postfix dovecot-imapd dovecot-lmtpd spamassassin >/dev/null; \
	  else echo "Skipping the test through real mail servers: it needs root, postfix, dovecot-imapd, dovecot-lmtpd, spamassassin."; fi

.PHONY: help demo test check screenshots golden catalogues lock bench faults bench-tools clean chromium mailservers
