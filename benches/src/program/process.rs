//! Running programs in turns, each time from the start of the process to its end.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::Home;
use crate::race::{Race, wall_nanos};

/// What is run, in which home, with what on its standard input.
pub struct Run {
    program: OsString,
    arguments: Vec<OsString>,
    variables: Vec<(&'static str, String)>,
    home: Option<Home>,
    input: Option<Vec<u8>>,
}

/// What the candidates cost.
pub struct Turns {
    /// As the one who waits for it sees it.
    pub wall: Race,
    /// The processor's part, of the process and of those that it has waited for.
    pub cpu: Race,
}

impl Run {
    /// A program with its arguments.
    pub fn new(program: &Path, arguments: &[&str]) -> Run {
        Run {
            program: program.into(),
            arguments: arguments.iter().map(OsString::from).collect(),
            variables: Vec::new(),
            home: None,
            input: None,
        }
    }

    /// In a home.
    pub fn at(mut self, home: &Home) -> Run {
        self.home = Some(home.clone());
        self
    }

    /// With this text on its standard input.
    pub fn reading(mut self, input: &str) -> Run {
        self.input = Some(input.as_bytes().to_vec());
        self
    }

    /// With a variable of the environment.
    pub fn with(mut self, name: &'static str, value: &str) -> Run {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Runs it once; answers what it printed. It must succeed and have nothing
    /// to complain about.
    pub fn try_out(&self) -> Vec<u8> {
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        self.feed(&mut child);
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{:?}: {output:?}", self.arguments);
        output.stdout
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(home) = &self.home {
            home.enter(&mut command);
        }
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.stdin(match self.input {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        });
        command
    }

    /// Fits into the pipe.
    fn feed(&self, child: &mut std::process::Child) {
        if let (Some(input), Some(mut pipe)) = (&self.input, child.stdin.take()) {
            pipe.write_all(input).expect("written");
        }
    }

    /// Nanoseconds on the wall and of the processor.
    fn cost(&self) -> (f64, f64) {
        let mut command = self.command();
        let started = wall_nanos();
        let mut child = command.spawn().expect("the program starts");
        self.feed(&mut child);
        let (status, cpu) = wait_for(child.id());
        let wall = wall_nanos() - started;
        assert_eq!(status, 0, "{:?}", self.arguments);
        (wall, cpu)
    }
}

/// Runs all of them in turns, one process per turn; the one that starts rotates.
pub fn race(rounds: usize, runs: &[Run]) -> Turns {
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    for run in runs {
        run.cost();
    }
    for round in 0..rounds {
        let (mut wall, mut cpu) = (vec![0.0; runs.len()], vec![0.0; runs.len()]);
        for turn in 0..runs.len() {
            let which = (turn + round) % runs.len();
            (wall[which], cpu[which]) = runs[which].cost();
        }
        walls.push(wall);
        cpus.push(cpu);
    }
    Turns {
        wall: Race::of_rounds(walls),
        cpu: Race::of_rounds(cpus),
    }
}

/// Waits for a child; answers its status and its CPU time in nanoseconds.
fn wait_for(child: u32) -> (i32, f64) {
    let mut status = 0;
    // SAFETY: zeros are a valid value, and the places are valid for the results.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        let waited = libc::wait4(child as libc::pid_t, &mut status, 0, &mut usage);
        assert_eq!(waited, child as libc::pid_t);
        usage
    };
    let nanos = |time: libc::timeval| time.tv_sec as f64 * 1e9 + time.tv_usec as f64 * 1e3;
    (status, nanos(usage.ru_utime) + nanos(usage.ru_stime))
}
