//! One run of the proxy: who does what, and how it comes to its end.
//!
//! A thread for each direction and one for the output; this one waits for what
//! happens and decides when it is over. The end of the server is the end of the
//! run. It is brought about by the client, which stops talking or reading, or by
//! a signal; and a server that does not end when it should is made to.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::process::{ChildStdout, ExitStatus};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant as Moment};

use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use signet::mcp::{Gate, Wire, error_response};

use crate::failure::{Done, Failure, Outcome};
use crate::proxy::child::{Server, describe, exit_code, wait_for_end};
use crate::proxy::requests;
use crate::proxy::responses::{self, Witness};
use crate::proxy::shared::Shared;

/// How long the output of a server may stand still after its end.
const DRAIN: Duration = Duration::from_secs(1);
/// How often to look at what nobody tells.
const TICK: Duration = Duration::from_millis(250);
/// JSON-RPC: the connection is closed, as the MCP libraries have it.
const CONNECTION_CLOSED: i32 = -32000;

/// Something that happens.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// A signal came in.
    Signal(i32),
    /// The client will say nothing more.
    ClientSilent,
    /// The client reads nothing more.
    ClientDeaf,
    /// The server says nothing more.
    ServerSilent,
    /// The server reads nothing more.
    ServerDeaf,
    /// The server has ended.
    ServerEnded,
    /// Everything has been written.
    Written,
    /// A part of the proxy has failed.
    Broken,
}

/// How a run goes.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether the log is to be synced from time to time.
    pub must_sync: bool,
    /// How long a server may live on that nobody talks to and that owes nothing,
    /// and how long it may take to end when it is told to.
    pub grace: Duration,
}

/// Runs until the server has ended.
pub fn run(
    mut server: Server,
    output: ChildStdout,
    gate: Arc<Gate>,
    witness: Witness,
    shared: Arc<Shared>,
    options: Options,
) -> Done {
    let (sender, events) = channel();
    let witness = Arc::new(witness);
    watch_signals(&sender)?;
    // A limit on the size of files is like a full disk: no reason to be killed.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    {
        let gate = Arc::clone(&gate);
        part(&sender, &shared, move |shared| match stdin() {
            Ok(stdin) => requests::pass(stdin, &gate, shared),
            Err(_) => Event::ClientSilent,
        });
        let witness = Arc::clone(&witness);
        part(&sender, &shared, move |shared| {
            responses::pass(output, &witness, shared);
            Event::ServerSilent
        });
        part(&sender, &shared, |shared| {
            let written = stdout().and_then(|stdout| shared.outlet.run(stdout));
            match written {
                Ok(()) => Event::Written,
                Err(_) => Event::ClientDeaf,
            }
        });
        let process = server.group();
        part(&sender, &shared, move |_| {
            wait_for_end(process);
            Event::ServerEnded
        });
    }
    let mut run = Run {
        events,
        shared: &shared,
        server: &mut server,
        options,
        client_is_silent: false,
        client_is_deaf: false,
        server_is_silent: false,
        was_ended: false,
        is_broken: false,
        stage: Stage::Running,
    };
    run.until_the_server_ends();
    run.drain();
    let status = run.server.end();
    run.finish(status, &witness)
}

/// How far the server has been told to end.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Running,
    /// Its input is closed; it is to be terminated then.
    Lingering(Moment),
    /// It was told to end; it is to be killed then.
    Ending(Moment),
    Killed,
}

struct Run<'a> {
    events: Receiver<Event>,
    shared: &'a Shared,
    server: &'a mut Server,
    options: Options,
    client_is_silent: bool,
    client_is_deaf: bool,
    server_is_silent: bool,
    /// Whether the server ended because it lingered.
    was_ended: bool,
    is_broken: bool,
    stage: Stage,
}

impl Run<'_> {
    fn until_the_server_ends(&mut self) {
        let mut last_sync = Moment::now();
        loop {
            match self.events.recv_timeout(TICK) {
                Ok(Event::Signal(number)) => self.pass_on_signal(number),
                Ok(Event::ClientSilent) => self.client_is_silent = true,
                Ok(Event::ClientDeaf) => {
                    self.client_is_deaf = true;
                    self.let_go();
                }
                Ok(Event::ServerSilent) => {
                    self.server_is_silent = true;
                    self.let_go();
                }
                Ok(Event::ServerDeaf) => self.let_go(),
                Ok(Event::ServerEnded) => return,
                Ok(Event::Written) => {}
                Ok(Event::Broken) => {
                    self.is_broken = true;
                    self.end_server(Signal::TERM);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.look_around();
            if self.options.must_sync && last_sync.elapsed() >= Duration::from_secs(1) {
                last_sync = Moment::now();
                if let Err(error) = self.shared.keeper.sync() {
                    self.shared.storage_failed("call", &error);
                }
            }
        }
    }

    /// Ends what has had its time.
    fn look_around(&mut self) {
        // A client that says nothing more opens no request that would have it done.
        self.shared.expire();
        let owes_nothing = || self.shared.open.is_empty() && self.shared.outlet.is_drained();
        match self.stage {
            Stage::Running if self.client_is_silent && owes_nothing() => self.let_go(),
            Stage::Lingering(until) if Moment::now() >= until => {
                self.was_ended = true;
                self.shared.notices.say(
                    "warning",
                    "the server does not end by itself: it is terminated",
                );
                self.end_server(Signal::TERM);
            }
            Stage::Ending(until) if Moment::now() >= until => {
                self.shared
                    .notices
                    .say("warning", "the server does not end: it is killed");
                self.kill_server();
            }
            _ => {}
        }
    }

    /// Closes the server's input, upon which it should end.
    fn let_go(&mut self) {
        self.shared.input.close();
        if matches!(self.stage, Stage::Running) {
            self.stage = Stage::Lingering(Moment::now() + self.options.grace);
        }
    }

    fn pass_on_signal(&mut self, number: i32) {
        match self.stage {
            Stage::Running | Stage::Lingering(_) => {
                let signal = match number {
                    SIGINT => Signal::INT,
                    SIGHUP => Signal::HUP,
                    _ => Signal::TERM,
                };
                self.end_server(signal);
            }
            // Whoever asks twice means it.
            Stage::Ending(_) | Stage::Killed => self.kill_server(),
        }
    }

    fn end_server(&mut self, signal: Signal) {
        self.server.signal(signal);
        self.shared.input.close();
        self.stage = Stage::Ending(Moment::now() + self.options.grace);
    }

    fn kill_server(&mut self) {
        self.server.signal(Signal::KILL);
        self.stage = Stage::Killed;
    }

    /// Lets the output of a server that has ended run out. Something that it has
    /// started may hold its pipe open: that is ended too.
    fn drain(&mut self) {
        let mut seen = 0;
        let mut since = Moment::now();
        let mut signals = [Signal::TERM, Signal::KILL].into_iter();
        while !self.server_is_silent {
            match self.events.recv_timeout(TICK) {
                Ok(Event::ServerSilent) => self.server_is_silent = true,
                Ok(Event::ClientDeaf) => self.client_is_deaf = true,
                Ok(Event::Signal(_)) => {
                    self.server.signal(Signal::KILL);
                    return;
                }
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let progress = self.shared.progress();
            if progress != seen || !self.shared.outlet.is_drained() {
                seen = progress;
                since = Moment::now();
            }
            if since.elapsed() >= DRAIN {
                since = Moment::now();
                match signals.next() {
                    Some(signal) => self.server.signal(signal),
                    None => break,
                }
            }
        }
        // What it has started and left behind ends with it.
        self.server.signal(Signal::TERM);
    }

    /// Answers what the server has not, closes the log and says how it went.
    fn finish(&mut self, status: Option<ExitStatus>, witness: &Witness) -> Done {
        let shared = self.shared;
        let failed = !self.was_ended && status.is_none_or(|status| !status.success());
        let is_own_end = self.client_is_silent || self.was_ended;
        let left = shared.open.close();
        let calls = left.iter().filter(|request| request.call.is_some()).count();
        if failed || !is_own_end {
            let text = format!("the server ended ({}) before it answered", describe(status));
            shared
                .notices
                .say("server", format!("the server ended ({})", describe(status)));
            let mut receipts = Vec::new();
            let mut answers = Vec::new();
            for request in &left {
                let answer = error_response(&request.id, CONNECTION_CLOSED, &text);
                // What may have been answered is not said to be unanswered.
                let is_sure = !shared.has_unread() && !request.is_in_doubt;
                if let Some(call) = request.call.as_ref().filter(|_| is_sure)
                    && let Ok(wire) = Wire::read(&answer, &witness.limits)
                    && let Ok(message) = wire.single()
                {
                    receipts.extend(witness.sign(call, &message, shared));
                }
                answers.extend_from_slice(&answer);
                answers.push(b'\n');
            }
            witness.keep(&receipts, shared);
            if !answers.is_empty() {
                shared.outlet.say(answers);
            }
        }
        if calls > 0 {
            shared.notices.say(
                "unanswered",
                format!("{calls} calls had no response from the server"),
            );
        }
        shared.outlet.close();
        self.wait_for_output();
        let (lost, closed) = shared.keeper.close();
        if lost > 0 {
            shared.notices.say(
                "storage",
                format!("the evidence of {lost} responses is lost: it could not be stored"),
            );
        }
        if let Err(error) = &closed {
            shared
                .notices
                .say("storage", format!("the log could not be closed: {error}"));
        }
        shared
            .notices
            .say("done", format!("done: {}", shared.tally()));
        shared.notices.finish();
        match () {
            () if self.is_broken => Err(Failure::new(
                Outcome::Failed,
                "internal",
                "a part of the proxy has failed, so it has ended",
            )),
            () if failed => Err(Failure::said(Outcome::Child(exit_code(status)))),
            () if lost > 0 || !left.is_empty() && !is_own_end => {
                Err(Failure::said(Outcome::Failed))
            }
            () => Ok(()),
        }
    }

    fn wait_for_output(&self) {
        if self.client_is_deaf {
            return;
        }
        loop {
            match self.events.recv_timeout(TICK) {
                Ok(Event::Written | Event::ClientDeaf | Event::Signal(_) | Event::Broken)
                | Err(RecvTimeoutError::Disconnected) => return,
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// Runs a part of the proxy in a thread and tells how it came to its end. Should
/// it ever panic, the run ends: traffic that is not looked at does not flow.
fn part(
    events: &Sender<Event>,
    shared: &Arc<Shared>,
    run: impl FnOnce(&Shared) -> Event + Send + 'static,
) {
    struct Telling(Sender<Event>, Event);
    impl Drop for Telling {
        fn drop(&mut self) {
            let _ = self.0.send(std::mem::replace(&mut self.1, Event::Broken));
        }
    }
    let shared = Arc::clone(shared);
    let events = events.clone();
    thread::spawn(move || {
        let mut telling = Telling(events, Event::Broken);
        telling.1 = run(&shared);
    });
}

fn watch_signals(events: &Sender<Event>) -> Result<(), Failure> {
    let failed =
        |error: io::Error| Failure::new(Outcome::Failed, "io", format!("signals: {error}"));
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(failed)?;
    let events = events.clone();
    thread::spawn(move || {
        for signal in signals.forever() {
            if events.send(Event::Signal(signal)).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Standard input and output without the buffers of the standard library.
fn stdin() -> io::Result<File> {
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

fn stdout() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}
