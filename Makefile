# libsignet. `make help` lists the targets.

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
ABI     := $(shell sed -n 's/^pub const SIGNET_ABI_VERSION: u32 = \([0-9]*\);/\1/p' src/ffi/version.rs)

PREFIX     ?= /usr/local
DESTDIR    ?=
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
BINDIR     ?= $(PREFIX)/bin
DATADIR    ?= $(PREFIX)/share
CC         ?= cc
CFLAGS     ?= -O2 -g
WARNINGS   := -std=c99 -Wall -Wextra -pedantic -Werror
CXX_WARNINGS := -std=c++17 -Wall -Wextra -pedantic -Werror

# Where the release is built: away from target/release, whose flags differ.
BUILD := target/lib
SO    := $(BUILD)/libsignet.so
A     := $(BUILD)/libsignet.a

# Inline less than rustc would, which keeps the library small, but more into
# loops: IFMA instructions, found at run time, verify almost twice as fast, and
# only where the curve's arithmetic is inlined (docs/benchmarks.md).
RELEASE_FLAGS := -Cllvm-args=-inline-threshold=120
ifeq ($(shell uname -m),x86_64)
RELEASE_FLAGS += --cfg curve25519_dalek_backend="avx512" \
  -Cllvm-args=-hot-callsite-rel-freq=5 -Cllvm-args=-locally-hot-callsite-threshold=600
endif
PROGRAM := $(BUILD)/signet
CARGO_BIN := RUSTFLAGS='$(RELEASE_FLAGS)' cargo rustc --locked --release --features cli --bin signet --target-dir $(BUILD)/cargo
CARGO_LIB := RUSTFLAGS='$(RELEASE_FLAGS)' cargo rustc --locked --release --features capi --lib --target-dir $(BUILD)/cargo

# What a program that links the static library needs besides it.
STATIC_LIBS := -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc

SOURCES := Cargo.toml Cargo.lock $(shell find src -path src/cli -prune -o -name '*.rs' -print)

.PHONY: help all signet demo examples test wheel test-python bench-python node-packages test-node bench-node test-go bench-go torture bench fuzz-smoke header install install-program uninstall dist clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

all: $(SO) $(A) ## the shared and the static library

# One crate type at a time: together they would silently lose LTO.
$(SO): $(SOURCES)
	$(CARGO_LIB) --crate-type cdylib -- -Clink-arg=-Wl,-soname,libsignet.so.$(ABI) -Clink-arg=-Wl,-z,nodelete
	cp $(BUILD)/cargo/release/libsignet.so $@

# One object in which only our own names are global: with those of Rust's runtime
# the archive would not link next to another Rust archive. Left-over bitcode goes,
# because ar may have a plugin that stumbles over it.
$(A): $(SOURCES)
	$(CARGO_LIB) --crate-type staticlib
	nm -g --defined-only $(BUILD)/cargo/release/libsignet.a 2>/dev/null | sed -n 's/.* T \(signet_.*\)/-u \1/p' > $(BUILD)/roots
	ld -r --gc-sections --force-group-allocation @$(BUILD)/roots $(BUILD)/cargo/release/libsignet.a -o $(BUILD)/signet.o
	objcopy --wildcard --keep-global-symbol='signet_*' --remove-section='.llvm*' $(BUILD)/signet.o
	rm -f $@
	ar rcsD $@ $(BUILD)/signet.o

signet: $(PROGRAM) ## the program signet, in target/lib

# Not of `all`: it needs many more crates than the libraries do.
$(PROGRAM): $(SOURCES) $(shell find src/cli -name '*.rs')
	$(CARGO_BIN)
	cp $(BUILD)/cargo/release/signet $@

demo: all ## sign real MCP tool calls in C, verify them, lose none, refuse forgeries
	$(CC) $(CFLAGS) $(WARNINGS) -Iinclude examples-c/sign_tool_call.c $(A) $(STATIC_LIBS) -o $(BUILD)/sign_tool_call
	$(CC) $(CFLAGS) $(WARNINGS) -Iinclude examples-c/audit_trail.c $(A) $(STATIC_LIBS) -o $(BUILD)/audit_trail
	$(CC) $(CFLAGS) $(WARNINGS) -Iinclude examples-c/guard_server.c $(A) $(STATIC_LIBS) -o $(BUILD)/guard_server
	$(BUILD)/sign_tool_call < examples-c/tools_call.json
	rm -rf $(BUILD)/trail
	$(BUILD)/audit_trail $(BUILD)/trail

EXAMPLES := $(patsubst examples-c/%,$(BUILD)/examples/%,$(basename $(wildcard examples-c/*.c examples-c/*.cpp)))

$(BUILD)/examples/%: examples-c/%.c include/signet.h $(A)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) -Iinclude $< $(A) $(STATIC_LIBS) -o $@

$(BUILD)/examples/%: examples-c/%.cpp include/signet.hpp include/signet.h $(A)
	@mkdir -p $(@D)
	$(CXX) $(CFLAGS) $(CXX_WARNINGS) -Iinclude $< $(A) $(STATIC_LIBS) -o $@

# Those that say the same each time: the text is beside them.
examples: $(EXAMPLES) ## build the programs of examples-c and run them
	@set -e; for expected in examples-c/*.expected; do \
	  name=$$(basename $$expected .expected); \
	  echo "== $$name"; \
	  rm -rf $(BUILD)/examples/$$name.folder; \
	  $(BUILD)/examples/$$name $(BUILD)/examples/$$name.folder < examples-c/tools_call.json; \
	done

test: all ## everything that proves it; names what it skips
	./ffi-tests/run

# How many times longer than usual, and which tests: `make torture TORTURE=500 TESTS=jcs_differential`.
# The log's are log_simulation (TORTURE=500: 200,000 schedules), log_syscalls (20 and
# more: every system call) and log_processes (600: 10,000 kills).
TORTURE ?= 50
TESTS   ?= *

wheel: $(SO) ## the Python package with the library inside, in target/python/wheel
	./examples-python/run --wheel

test-python: $(SO) ## the Python package, installed from its wheel
	./examples-python/run

bench-python: $(SO) ## what a call costs from Python, beside C and the published package
	./examples-python/bench/run $(SO)

node-packages: $(SO) ## the Node packages with the library inside, in target/node/packages
	./examples-node/pack $(SO)

test-node: $(SO) ## the Node packages: types, tests, the demo
	./examples-node/run

bench-node: $(SO) ## what a call from Node costs, beside the same call from C
	./examples-node/run --build
	cd examples-node && node bench/bench.mjs

test-go: $(A) ## the Go package: tests, race detector, sanitizer, shared library, MCP server
	./examples-go/run

bench-go: $(A) ## what a call from Go costs, beside the same call from C
	cd examples-go && go run ./internal/bench

torture: ## the random tests, TORTURE times longer (50: ten million JSON texts)
	SIGNET_TORTURE=$(TORTURE) cargo test --locked --release --test '$(TESTS)' -- --nocapture

bench: $(SO) $(PROGRAM) ## one table of ratios to the raw primitives and the published Signet, and one for each language
	./benches/run $(SO) $(PROGRAM) '$(RELEASE_FLAGS)'
	$(MAKE) bench-go bench-node bench-python

# Seconds for each target.
FUZZ ?= 20

fuzz-smoke: ## each fuzz target for FUZZ seconds (20)
	./fuzz/run smoke $(FUZZ)

header: ## write include/signet.h from src/ffi, and what Python and Node declare from it
	cargo run --quiet --manifest-path ffi-tests/Cargo.toml --bin header
	python3 examples-python/generate
	if command -v node > /dev/null; then node examples-node/generate.mjs; fi

# The templates' @NAME@s.
FILL = sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@LIBDIR@|$(LIBDIR)|g' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|g' \
  -e 's|@INCLUDEDIR_FROM_HERE@|$(shell realpath -ms --relative-to='$(LIBDIR)/cmake/signet' '$(INCLUDEDIR)')|g' \
  -e 's|@STATIC_LIBS@|$(STATIC_LIBS)|g' -e 's|@VERSION@|$(VERSION)|g' -e 's|@ABI@|$(ABI)|g'
REAL := libsignet.so.$(ABI).$(VERSION)

install: all ## into DESTDIR/PREFIX, with pkg-config and CMake files
	install -d '$(DESTDIR)$(LIBDIR)/pkgconfig' '$(DESTDIR)$(LIBDIR)/cmake/signet' '$(DESTDIR)$(INCLUDEDIR)'
	install -m 755 $(SO) '$(DESTDIR)$(LIBDIR)/$(REAL)'
	strip --strip-unneeded '$(DESTDIR)$(LIBDIR)/$(REAL)'
	ln -sf $(REAL) '$(DESTDIR)$(LIBDIR)/libsignet.so.$(ABI)'
	ln -sf libsignet.so.$(ABI) '$(DESTDIR)$(LIBDIR)/libsignet.so'
	install -m 644 $(A) '$(DESTDIR)$(LIBDIR)/libsignet.a'
	install -m 644 include/signet.h include/signet.hpp '$(DESTDIR)$(INCLUDEDIR)'
	$(FILL) include/pkgconfig/signet.pc.in > '$(DESTDIR)$(LIBDIR)/pkgconfig/signet.pc'
	$(FILL) include/cmake/signet-config.cmake.in > '$(DESTDIR)$(LIBDIR)/cmake/signet/signet-config.cmake'
	$(FILL) include/cmake/signet-config-version.cmake.in > '$(DESTDIR)$(LIBDIR)/cmake/signet/signet-config-version.cmake'

# What the program writes about itself: where each shell looks for completions.
BASH_COMPLETIONS := $(DATADIR)/bash-completion/completions
ZSH_COMPLETIONS  := $(DATADIR)/zsh/site-functions
FISH_COMPLETIONS := $(DATADIR)/fish/vendor_completions.d
MAN1             := $(DATADIR)/man/man1

install-program: $(PROGRAM) ## the program into DESTDIR/PREFIX, with man pages and completions
	install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(MAN1)' '$(DESTDIR)$(BASH_COMPLETIONS)' \
	  '$(DESTDIR)$(ZSH_COMPLETIONS)' '$(DESTDIR)$(FISH_COMPLETIONS)'
	install -m 755 $(PROGRAM) '$(DESTDIR)$(BINDIR)/signet'
	strip '$(DESTDIR)$(BINDIR)/signet'
	$(PROGRAM) man '$(DESTDIR)$(MAN1)'
	$(PROGRAM) completions bash > '$(DESTDIR)$(BASH_COMPLETIONS)/signet'
	$(PROGRAM) completions zsh > '$(DESTDIR)$(ZSH_COMPLETIONS)/_signet'
	$(PROGRAM) completions fish > '$(DESTDIR)$(FISH_COMPLETIONS)/signet.fish'

uninstall: ## what install and install-program put there
	rm -f '$(DESTDIR)$(BINDIR)/signet' '$(DESTDIR)$(MAN1)/signet.1' '$(DESTDIR)$(MAN1)'/signet-*.1 \
	  '$(DESTDIR)$(BASH_COMPLETIONS)/signet' '$(DESTDIR)$(ZSH_COMPLETIONS)/_signet' \
	  '$(DESTDIR)$(FISH_COMPLETIONS)/signet.fish'
	rm -f '$(DESTDIR)$(LIBDIR)/$(REAL)' '$(DESTDIR)$(LIBDIR)/libsignet.so.$(ABI)' '$(DESTDIR)$(LIBDIR)/libsignet.so' \
	  '$(DESTDIR)$(LIBDIR)/libsignet.a' '$(DESTDIR)$(INCLUDEDIR)/signet.h' '$(DESTDIR)$(INCLUDEDIR)/signet.hpp' \
	  '$(DESTDIR)$(LIBDIR)/pkgconfig/signet.pc'
	rm -rf '$(DESTDIR)$(LIBDIR)/cmake/signet'

DIST := libsignet-$(VERSION)-$(shell uname -m)-linux-gnu

dist: ## a tarball of what install would put there, with its SHA-256
	rm -rf dist/$(DIST)
	$(MAKE) install PREFIX=/usr/local DESTDIR='$(CURDIR)/dist/$(DIST)'
	cp LICENSE README.md dist/$(DIST)/
	tar -C dist --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -czf dist/$(DIST).tar.gz $(DIST)
	cd dist && sha256sum $(DIST).tar.gz > SHA256SUMS

clean: ## remove what was built
	cargo clean
	rm -rf dist ffi-tests/target fuzz/target
