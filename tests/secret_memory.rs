//! No secret stays in memory: a process loads keys, signs, drops them, and
//! then searches all its writable memory, heap and stacks, for what it had. And
//! because the next allocation may hide what the last one left, every block is
//! searched when it is freed.
//!
//! The searching process never holds what it searches for: it is told the
//! texts masked, and unmasks one byte at a time while comparing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs::{self, File};
use std::io::BufRead;
use std::os::unix::fs::FileExt;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use signet::crypto::kdf::KdfParams;
use signet::encoding::{base64, hex, rfc3339::Instant};
use signet::identity::{KeyPair, Keystore, KeystoreOptions, NewIdentity, Protection};
use tempfile::TempDir;
use zeroize::Zeroizing;

const TEST: &str = "nothing_secret_stays_in_memory_k8";
/// Set in the searching process: the home, and the masked texts in hex.
const HOME: &str = "SIGNET_TEST_HOME";
const SEED: &str = "SIGNET_TEST_SEED";
const SEED_TEXT: &str = "SIGNET_TEST_SEED_TEXT";
const PASSPHRASE: &str = "SIGNET_TEST_PASSPHRASE";

const MASK: u8 = 0x5a;

fn masked(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ MASK).collect()
}

fn from_environment(variable: &str) -> Vec<u8> {
    let text = std::env::var(variable).unwrap();
    let bytes = text.as_bytes().chunks(2).map(|pair| {
        let digits = std::str::from_utf8(pair).unwrap();
        u8::from_str_radix(digits, 16).unwrap()
    });
    bytes.collect()
}

fn unmasked(text: &[u8]) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    text.iter()
        .for_each(|byte| plain.push(char::from(byte ^ MASK)));
    plain
}

/// How often each text stands in the writable memory of this process.
fn copies(needles: &[&[u8]]) -> Vec<usize> {
    let mut found = vec![0; needles.len()];
    let memory = File::open("/proc/self/mem").unwrap();
    let longest = needles.iter().map(|needle| needle.len()).max().unwrap();
    let mut chunk = vec![0; 1 << 20];
    for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
        let mut fields = line.split_whitespace();
        let (range, access) = (fields.next().unwrap(), fields.next().unwrap());
        if !access.starts_with("rw") || line.ends_with("[vvar]") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let mut at = u64::from_str_radix(start, 16).unwrap();
        let end = u64::from_str_radix(end, 16).unwrap();
        while at < end {
            let wanted = chunk.len().min((end - at) as usize);
            let Ok(read) = memory.read_at(&mut chunk[..wanted], at) else {
                break;
            };
            if read == 0 {
                break;
            }
            for (needle, found) in needles.iter().zip(&mut found) {
                let counted = if at + read as u64 == end {
                    read
                } else {
                    read.saturating_sub(longest - 1)
                };
                *found += occurrences(&chunk[..read], needle, counted);
            }
            at += if at + read as u64 == end {
                read
            } else {
                (read + 1).saturating_sub(longest).max(1)
            } as u64;
        }
    }
    found
}

/// The masked texts that no freed block may hold, once they are known.
static NEEDLES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
/// How many blocks were freed with one of them inside.
static FREED_UNWIPED: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, looking at what is given back to it.
struct Searching;

#[global_allocator]
static ALLOCATOR: Searching = Searching;

// SAFETY: every call is passed on unchanged; growing a block in place is left
// to the default, which frees the old one through `dealloc`.
unsafe impl GlobalAlloc for Searching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`. Zeroed, so that
        // what lies in a block was written by its owner.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // Larger blocks are memory of the key derivation, too slow to search.
        if let Some(needles) = NEEDLES.get().filter(|_| layout.size() <= 1 << 20) {
            // SAFETY: the block is still allocated, initialised, and has that size.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            let found = needles
                .iter()
                .any(|needle| occurrences(bytes, needle, bytes.len()) > 0);
            if found {
                FREED_UNWIPED.fetch_add(1, Ordering::Relaxed);
                // SAFETY: as above. Wiped, so that it is counted once.
                unsafe { block.write_bytes(0, layout.size()) };
            }
        }
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(block, layout) }
    }
}

/// How often a text begins among the first bytes of some memory.
fn occurrences(memory: &[u8], needle: &[u8], first: usize) -> usize {
    let (mut found, mut rest) = (0, memory);
    // The fastest way in the standard library to find a byte.
    while let Ok(1..) = rest.skip_until(needle[0] ^ MASK) {
        let at = memory.len() - rest.len() - 1;
        let window = &memory[at..];
        let equal = window.len() >= needle.len()
            && window
                .iter()
                .zip(needle)
                .all(|(byte, masked)| byte ^ MASK == *masked);
        found += usize::from(equal && at < first);
    }
    found
}

fn search() {
    let store = Keystore::open(std::env::var_os(HOME).unwrap()).unwrap();
    let (seed, seed_text) = (from_environment(SEED), from_environment(SEED_TEXT));
    let passphrase = from_environment(PASSPHRASE);
    // Parts suffice: an allocator may overwrite the start of a freed block.
    let needles: [&[u8]; 6] = [
        &seed,
        &seed[16..],
        &seed_text,
        &seed_text[16..],
        &passphrase,
        &passphrase[16..],
    ];

    // A search that cannot find anything would prove nothing.
    let planted = unmasked(&passphrase);
    let heap: Box<[u8]> = seed.iter().map(|byte| byte ^ MASK).collect();
    let control = copies(&needles);
    assert!(control[0] >= 1 && control[4] >= 1, "{control:?}");
    NEEDLES.set(needles.map(<[u8]>::to_vec).into()).unwrap();
    let copy: Box<[u8]> = planted.as_bytes().into();
    assert_eq!(FREED_UNWIPED.load(Ordering::Relaxed), 0);
    drop(copy);
    assert_eq!(FREED_UNWIPED.swap(0, Ordering::Relaxed), 1);
    drop((planted, Zeroizing::new(heap.into_vec())));
    let clean = copies(&needles);
    assert_eq!(clean, [0; 6], "before the first load");

    for _ in 0..20 {
        let plain = store.load("plain", None).unwrap();
        let sealed = store.load("sealed", Some(&unmasked(&passphrase))).unwrap();
        for pair in [&plain, &sealed] {
            let signature = pair.sign(b"message").unwrap();
            pair.public_key().verify(b"message", &signature).unwrap();
        }
        assert!(store.load("sealed", Some("wrong")).is_err());
        store.info("plain").unwrap();
        store.list().unwrap();
    }
    assert_eq!(copies(&needles), [0; 6], "after load, sign and drop");

    for _ in 0..4 {
        let pair = store.load("plain", None).unwrap();
        let secret = unmasked(&passphrase);
        let new = NewIdentity::new(Protection::Unencrypted, now());
        store.import("copy", pair.seed().unwrap(), &new).unwrap();
        store
            .change_passphrase("copy", None, Protection::Passphrase(&secret))
            .unwrap();
        store
            .change_passphrase("copy", Some(&secret), Protection::Unencrypted)
            .unwrap();
        store.delete("copy").unwrap();
        KeyPair::from_secret_bytes(pair.seed().unwrap()).unwrap();
    }
    assert_eq!(copies(&needles), [0; 6], "after import, change and delete");
    let freed = FREED_UNWIPED.load(Ordering::Relaxed);
    assert_eq!(freed, 0, "blocks were freed with a secret in them");
    println!("nothing found");
}

fn now() -> Instant {
    Instant::parse("2026-06-15T12:00:00.000Z").unwrap()
}

#[test]
fn nothing_secret_stays_in_memory_k8() {
    if std::env::var_os(HOME).is_some() {
        return search();
    }
    if !cfg!(target_os = "linux") {
        return println!("skipped: memory is searched through /proc, on Linux");
    }
    let home = TempDir::new().unwrap();
    let options = KeystoreOptions {
        kdf: KdfParams {
            passes: 5,
            memory_kib: 7 * 1024,
            lanes: 1,
        },
        ..KeystoreOptions::default()
    };
    let store = Keystore::open_with(home.path(), options).unwrap();
    let passphrase = "a passphrase of forty-eight letters and more ...";
    // A text that begins with zero would be searched for at every byte of the
    // empty pages.
    let pair = loop {
        let pair = KeyPair::generate().unwrap();
        let seed = pair.seed().unwrap();
        if seed[0] != 0 && seed[16] != 0 {
            break pair;
        }
    };
    let seed = pair.seed().unwrap();
    let plain = NewIdentity::new(Protection::Unencrypted, now());
    store.import("plain", seed, &plain).unwrap();
    let sealed = NewIdentity::new(Protection::Passphrase(passphrase), now());
    store.import("sealed", seed, &sealed).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([TEST, "--exact", "--nocapture"])
        .env(HOME, home.path())
        .env(SEED, hex::encode(&masked(seed)))
        .env(
            SEED_TEXT,
            hex::encode(&masked(base64::encode(seed).as_bytes())),
        )
        .env(PASSPHRASE, hex::encode(&masked(passphrase.as_bytes())))
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stdout.contains("nothing found"), "{stdout}{stderr}");
}
