//! Measuring candidates against each other on a machine that does other things
//! too.
//!
//! A benchmark harness such as criterion measures one candidate after the other
//! and compares figures that were taken minutes apart; on a shared machine those
//! differ by more than what is to be shown. Here all candidates of one race take
//! turns within milliseconds, the one that starts rotates, time is the CPU time
//! of this thread, and what is reported is the median over the rounds of the
//! ratio *within* a round.

/// Something to measure: does its work as many times as it is told.
pub type Candidate<'a> = Box<dyn FnMut(u32) + 'a>;

/// A candidate out of a closure that does the work once.
pub fn each<'a, T>(mut once: impl FnMut() -> T + 'a) -> Candidate<'a> {
    Box::new(move |times| {
        for _ in 0..times {
            std::hint::black_box(once());
        }
    })
}

/// What a race measured: nanoseconds per operation, by round and candidate.
pub struct Race {
    rounds: Vec<Vec<f64>>,
}

/// How a race is run.
#[derive(Clone, Copy)]
pub struct Rules {
    /// How often every candidate has its turn.
    pub rounds: usize,
    /// How long a turn is, in nanoseconds.
    pub turn: f64,
    /// What measures it.
    pub clock: fn() -> f64,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            rounds: 61,
            turn: 1_000_000.0,
            clock: thread_nanos,
        }
    }
}

impl Race {
    /// Runs the candidates round robin.
    pub fn run(candidates: Vec<Candidate<'_>>) -> Race {
        Race::run_by(Rules::default(), candidates)
    }

    /// The same by other rules.
    pub fn run_by(rules: Rules, mut candidates: Vec<Candidate<'_>>) -> Race {
        let times: Vec<u32> = candidates
            .iter_mut()
            .map(|candidate| turn_length(&rules, candidate))
            .collect();
        let mut rounds = Vec::with_capacity(rules.rounds);
        for round in 0..rules.rounds {
            let mut nanos = vec![0.0; candidates.len()];
            for turn in 0..candidates.len() {
                let which = (turn + round) % candidates.len();
                let started = (rules.clock)();
                candidates[which](times[which]);
                nanos[which] = ((rules.clock)() - started) / f64::from(times[which]);
            }
            rounds.push(nanos);
        }
        Race { rounds }
    }

    /// Of figures that were taken elsewhere: nanoseconds by round and candidate.
    pub fn of_rounds(rounds: Vec<Vec<f64>>) -> Race {
        Race { rounds }
    }

    /// The median nanoseconds of one operation of a candidate.
    pub fn nanos(&self, candidate: usize) -> f64 {
        median(self.rounds.iter().map(|nanos| nanos[candidate]).collect())
    }

    /// The median of the ratio of two candidates within a round.
    pub fn ratio(&self, candidate: usize, to: usize) -> f64 {
        let ratios = self.rounds.iter().map(|nanos| nanos[candidate] / nanos[to]);
        median(ratios.collect())
    }
}

/// The middle of the figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// How often a candidate runs in one turn. Measuring it warms it up.
fn turn_length(rules: &Rules, candidate: &mut Candidate<'_>) -> u32 {
    let mut times = 1;
    loop {
        let started = (rules.clock)();
        candidate(times);
        let nanos = (rules.clock)() - started;
        if nanos > rules.turn / 4.0 {
            return (f64::from(times) * rules.turn / nanos).max(1.0) as u32;
        }
        times *= 2;
    }
}

/// CPU time of this thread in nanoseconds.
pub fn thread_nanos() -> f64 {
    nanos_of(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// Time on the wall, for what waits for a disk or for other threads.
pub fn wall_nanos() -> f64 {
    nanos_of(libc::CLOCK_MONOTONIC)
}

fn nanos_of(clock: libc::clockid_t) -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: a valid place for the result; both clocks exist on every Linux.
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
