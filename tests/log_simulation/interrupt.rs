//! Letting another process act in the middle of what one process does.
//!
//! Simulated processes share one thread. Between two operations of one of them,
//! a whole action of another can be run, wherever no lock is held: elsewhere it
//! would only wait.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::disk::SimDisk;

thread_local! {
    static OTHERS: RefCell<Option<Rc<dyn Fn()>>> = const { RefCell::new(None) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Calls `act` with others acting in between.
pub fn with_others<R>(others: Rc<dyn Fn()>, act: impl FnOnce() -> R) -> R {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            OTHERS.set(None);
            DEPTH.set(0);
        }
    }
    let _reset = Reset;
    OTHERS.set(Some(others));
    act()
}

/// Before every operation that changes something: others may act now.
pub fn chance(disk: &SimDisk) {
    if DEPTH.get() >= 2 {
        return;
    }
    let Some(others) = OTHERS.with_borrow(Option::clone) else {
        return;
    };
    if disk.is_unlocked() {
        DEPTH.set(DEPTH.get() + 1);
        others();
        DEPTH.set(DEPTH.get().saturating_sub(1));
    }
}
