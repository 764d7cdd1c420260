//! A terminal with somebody at it, played by `script`.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::program::Place;

/// Runs `signet` on a terminal of its own and answers its questions in order,
/// each when it is asked. Answers the exit code and all that was shown.
pub fn on_terminal(place: &Place, args: &str, dialogue: &[(&str, &str)]) -> (i32, String) {
    on_terminal_after(Duration::ZERO, place, args, dialogue)
}

/// The same, with a pause before each answer.
pub fn on_terminal_after(
    pause: Duration,
    place: &Place,
    args: &str,
    dialogue: &[(&str, &str)],
) -> (i32, String) {
    let command = format!("{} {args}", env!("CARGO_BIN_EXE_signet"));
    let mut child = Command::new("script")
        .args([
            "--quiet",
            "--return",
            "--flush",
            "--command",
            &command,
            "/dev/null",
        ])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", place.path())
        .env("SIGNET_HOME", "home")
        .env("TERM", "dumb")
        .current_dir(place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keyboard = child.stdin.take().unwrap();
    let mut screen = child.stdout.take().unwrap();
    let mut shown = Vec::new();
    let mut seen = 0;
    for (question, answer) in dialogue {
        loop {
            let text = String::from_utf8_lossy(&shown[seen..]).into_owned();
            if text.contains(question) {
                seen = shown.len();
                break;
            }
            let mut byte = [0];
            assert_eq!(
                screen.read(&mut byte).unwrap(),
                1,
                "{question:?} was not asked: {text}"
            );
            shown.push(byte[0]);
        }
        std::thread::sleep(pause);
        keyboard
            .write_all(format!("{answer}\n").as_bytes())
            .unwrap();
        keyboard.flush().unwrap();
    }
    screen.read_to_end(&mut shown).unwrap();
    drop(keyboard);
    let exit = child.wait().unwrap().code().unwrap();
    (exit, String::from_utf8_lossy(&shown).into_owned())
}
