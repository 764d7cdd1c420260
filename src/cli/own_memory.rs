//! Keeping the memory of a command that holds keys for long to itself.
//!
//! What runs as the same user may otherwise read it, and the environment with its
//! passphrases: a server behind the proxy, for one, whose environment was filtered
//! so that it has neither.

/// Has the system refuse other processes of this user the memory and the
/// environment of this one, and write no core of it. Where it cannot, nothing is
/// different.
pub fn close() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
