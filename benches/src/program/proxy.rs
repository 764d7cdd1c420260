//! What a tool call costs that goes through the proxy, against the same call to
//! the same server without it and through the published proxy. Every candidate
//! makes the same number of calls and begins with an empty log, because the
//! published program reads all of its log at each append.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::inputs;
use crate::program::home::KEY;
use crate::program::{Home, PEER, Programs};
use crate::race::{Race, wall_nanos};
use crate::table::Row;

/// How the calls are made.
struct Pace {
    title: &'static str,
    in_flight: usize,
    /// How many calls make one turn.
    calls: usize,
    rounds: usize,
}

const PACES: [Pace; 2] = [
    Pace {
        title: "one after the other",
        in_flight: 1,
        calls: 30,
        rounds: 31,
    },
    Pace {
        title: "256 in flight",
        in_flight: 256,
        calls: 512,
        rounds: 7,
    },
];

/// How a call gets to the server: the name, whose proxy, and its flags.
type Way = (&'static str, Whose, &'static [&'static str]);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Nobodys,
    Ours,
    Peers,
}

const WAYS: [Way; 7] = [
    ("direct", Whose::Nobodys, &[]),
    ("sync", Whose::Ours, &["--durability", "sync"]),
    ("interval", Whose::Ours, &["--durability", "interval"]),
    ("none", Whose::Ours, &["--durability", "none"]),
    ("no log", Whose::Ours, &["--no-log"]),
    ("peer", Whose::Peers, &[]),
    ("peer no log", Whose::Peers, &["--no-log"]),
];

/// The rows of both paces.
pub fn rows(programs: &Programs, directory: &Path, scratch: &Path, rows: &mut Vec<Row>) {
    for pace in &PACES {
        let ways: Vec<&Way> = WAYS
            .iter()
            .filter(|(_, whose, _)| *whose != Whose::Peers || programs.peer.is_some())
            .collect();
        let (wall, cpu) = measure(pace, &ways, programs, directory, scratch);
        let at = |name: &str| ways.iter().position(|way| way.0 == name);
        let mut add = |operation: String, race: &Race, ours: &str, other: &str, label: &str| {
            if let (Some(ours), Some(other)) = (at(ours), at(other)) {
                rows.push(Row::of_ratio(race, &operation, ours, other, label, None));
            }
        };
        let title = pace.title;
        for (name, what) in [
            ("sync", "--durability sync"),
            ("interval", "--durability interval"),
            ("none", "--durability none"),
            ("no log", "--no-log"),
        ] {
            let (peer, label) = match name {
                "no log" => ("peer no log", format!("{PEER} --no-log")),
                _ => ("peer", format!("{PEER} (no sync)")),
            };
            let operation = format!("proxy {what}, {title}");
            add(operation.clone(), &wall, name, "direct", "direct");
            add(operation.clone(), &wall, name, peer, &label);
            add(format!("{operation}, CPU"), &cpu, name, peer, &label);
        }
    }
}

/// Nanoseconds of a call, on the wall and of the proxy's own processor time.
fn measure(
    pace: &Pace,
    ways: &[&Way],
    programs: &Programs,
    directory: &Path,
    scratch: &Path,
) -> (Race, Race) {
    let first = Home::new(
        &programs.ours,
        scratch.join(format!("proxy-{}", pace.in_flight)),
    );
    let mut clients: Vec<Client> = ways
        .iter()
        .map(|(name, whose, flags)| {
            let folder = format!("proxy-{}-{name}", pace.in_flight);
            let home = first.with_same_key(scratch.join(folder));
            let proxy = match whose {
                Whose::Nobodys => None,
                Whose::Ours => Some(programs.ours.as_path()),
                Whose::Peers => programs.peer.as_deref(),
            };
            Client::start(directory, proxy, flags, home)
        })
        .collect();
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    // The first round only warms up.
    for round in 0..=pace.rounds {
        let mut wall = vec![0.0; clients.len()];
        let mut cpu = wall.clone();
        for turn in 0..clients.len() {
            let which = (turn + round) % clients.len();
            let client = &mut clients[which];
            let (started, worked) = (wall_nanos(), client.cpu_nanos());
            client.make_calls(pace.calls, pace.in_flight);
            wall[which] = (wall_nanos() - started) / pace.calls as f64;
            cpu[which] = (client.cpu_nanos() - worked) / pace.calls as f64;
        }
        if round > 0 {
            walls.push(wall);
            cpus.push(cpu);
        }
    }
    let made = pace.calls * (pace.rounds + 1);
    for (client, (name, whose, flags)) in clients.into_iter().zip(ways) {
        let home = client.end();
        let is_kept = *whose != Whose::Nobodys && !flags.contains(&"--no-log");
        if is_kept {
            assert_eq!(home.record_count(), 2 * made, "{name}: two records a call");
        }
    }
    (Race::of_rounds(walls), Race::of_rounds(cpus))
}

/// An MCP client with what it talks to.
struct Client {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    home: Home,
    params: String,
    next_id: u64,
}

impl Client {
    fn start(directory: &Path, proxy: Option<&Path>, flags: &[&str], home: Home) -> Client {
        let this = std::env::current_exe().expect("this program");
        let mut command = match proxy {
            None => {
                let mut command = Command::new(this);
                command.arg(directory).arg("echo");
                command
            }
            Some(proxy) => {
                let target = format!("'{}' '{}' echo", this.display(), directory.display());
                let mut command = Command::new(proxy);
                command.args(["proxy", "--key", KEY, "--target", &target]);
                command.args(flags);
                command
            }
        };
        home.enter(&mut command);
        let errors = File::create(home.path().join("stderr")).expect("a file");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors);
        let mut child = command.spawn().expect("it starts");
        let input = child.stdin.take().expect("a pipe");
        let output = child.stdout.take().expect("a pipe");
        for pipe in [input.as_raw_fd(), output.as_raw_fd()] {
            // So that what is in flight never fills one while the other is full.
            // SAFETY: an open pipe.
            let size = unsafe { libc::fcntl(pipe, libc::F_SETPIPE_SZ, 1 << 20) };
            assert!(size >= 1 << 20, "a pipe of a megabyte");
        }
        Client {
            child,
            input,
            output,
            home,
            params: inputs::prose(250),
            next_id: 1,
        }
    }

    /// Makes calls, never more than so many at once, each as soon as it may.
    fn make_calls(&mut self, count: usize, in_flight: usize) {
        let mut buffer = vec![0; 1 << 16];
        let (mut sent, mut answered) = (0, 0);
        while answered < count {
            let more = (count - sent).min(in_flight - (sent - answered));
            let lines: String = (0..more).map(|_| self.line()).collect();
            if more > 0 {
                self.input.write_all(lines.as_bytes()).expect("written");
            }
            sent += more;
            let read = self.output.read(&mut buffer).expect("read");
            assert!(read > 0, "it lives: {}", self.home.path().display());
            answered += buffer[..read].iter().filter(|byte| **byte == b'\n').count();
        }
    }

    fn line(&mut self) -> String {
        let id = self.next_id;
        self.next_id += 1;
        format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"write_file\",\"arguments\":{}}}}}\n",
            self.params
        )
    }

    /// The CPU time so far of the process that is talked to.
    fn cpu_nanos(&self) -> f64 {
        let mut clock = 0;
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: valid places for the results; the process has not been waited for.
        unsafe {
            assert_eq!(
                libc::clock_getcpuclockid(self.child.id() as libc::pid_t, &mut clock),
                0
            );
            assert_eq!(libc::clock_gettime(clock, &mut time), 0);
        }
        time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
    }

    /// Hangs up; answers where it lived.
    fn end(self) -> Home {
        let Client {
            mut child,
            input,
            mut output,
            home,
            ..
        } = self;
        drop(input);
        let mut rest = Vec::new();
        output.read_to_end(&mut rest).expect("read");
        assert!(rest.is_empty(), "every answer was awaited");
        let status = child.wait().expect("it ends");
        assert!(status.success(), "{status}: {}", home.path().display());
        home
    }
}
