//! The server as a process: started in a group of its own, told to end, and what
//! became of it.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::failure::{Failure, Outcome};
use crate::proxy::target::{EnvironmentFilter, Target};

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    child: Child,
    group: Pid,
}

impl Server {
    /// Starts it. Its standard error is the proxy's.
    pub fn start(target: &Target, filter: &EnvironmentFilter) -> Result<Server, Failure> {
        let mut command = Command::new(&target.program);
        command
            .args(&target.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            // The terminal sends its Ctrl-C to the proxy alone, which then ends
            // the server and everything that it has started in good order.
            .process_group(0);
        for (name, _) in std::env::vars_os() {
            if filter.withholds(&name) {
                command.env_remove(&name);
            }
        }
        let failed = |error: std::io::Error| {
            Failure::new(
                Outcome::Failed,
                "server_not_started",
                format!("'{}' cannot be started: {error}", target.program),
            )
            .with_advice("Check --target: it is the command that starts the MCP server.")
        };
        let child = command.spawn().map_err(failed)?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let group = group.ok_or_else(|| failed(std::io::ErrorKind::InvalidData.into()))?;
        Ok(Server { child, group })
    }

    /// Its ends of the pipes; once.
    pub fn pipes(&mut self) -> (Option<ChildStdin>, Option<ChildStdout>) {
        (self.child.stdin.take(), self.child.stdout.take())
    }

    /// Who it is, for [`wait_for_end`].
    pub fn group(&self) -> Pid {
        self.group
    }

    /// Sends a signal to it and to what it has started. To be called before
    /// [`Server::end`], until which nobody else can have its number.
    pub fn signal(&self, signal: Signal) {
        let _ = kill_process_group(self.group, signal);
    }

    /// How it ended, after it has.
    pub fn end(&mut self) -> Option<ExitStatus> {
        self.child.wait().ok()
    }
}

/// Waits until a process has ended and leaves it for [`Server::end`].
pub fn wait_for_end(process: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(
        waitid(WaitId::Pid(process), options),
        Err(rustix::io::Errno::INTR)
    ) {}
}

/// How a process ended, in words.
pub fn describe(status: Option<ExitStatus>) -> String {
    match status.map(|status| (status.code(), status.signal())) {
        Some((Some(code), _)) => format!("exit code {code}"),
        Some((_, Some(signal))) => format!("signal {signal}"),
        _ => "unknown".to_owned(),
    }
}

/// The exit code that says the same, as shells have it.
pub fn exit_code(status: Option<ExitStatus>) -> u8 {
    match status.map(|status| (status.code(), status.signal())) {
        Some((Some(code), _)) => u8::try_from(code).unwrap_or(u8::MAX),
        Some((_, Some(signal))) => u8::try_from(signal).map_or(u8::MAX, |signal| 128 | signal),
        _ => 0,
    }
}
