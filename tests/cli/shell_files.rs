//! `signet completions` and `signet man`: what a shell and `man` get to read.

use std::fs;
use std::process::Command;

use crate::program::Place;

/// The commands that the help of `path` names.
pub fn commands_below(place: &Place, path: &[&str]) -> Vec<String> {
    let help = place.ok(path.iter().copied().chain(["--help"]));
    let Some((_, listed)) = help.split_once("\nCommands:\n") else {
        return Vec::new();
    };
    let names = listed.lines().take_while(|line| !line.is_empty());
    names
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_shell_gets_every_command() {
    let place = Place::new();
    let commands = commands_below(&place, &[]);
    assert!(commands.len() >= 5, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = place.ok(["completions", shell]);
        for command in &commands {
            assert!(script.contains(command.as_str()), "{shell}: {command}");
        }
        assert!(script.contains("from-checkpoint"), "{shell}");
    }
    place.fails(2, ["completions", "tcl"]);
    place.fails(2, ["completions"]);
    // Bash is where most will source it: at least it must be able to read it.
    place.write("signet.bash", place.ok(["completions", "bash"]));
    let read = Command::new("bash")
        .args(["--norc", "-c"])
        .arg("source ./signet.bash && complete -p signet")
        .current_dir(place.path())
        .output();
    match read {
        Ok(read) => {
            let said = String::from_utf8_lossy(&read.stderr).into_owned();
            assert!(read.status.success(), "{said}");
        }
        Err(error) => println!("skipped: bash does not run: {error}"),
    }
}

#[test]
fn every_command_has_a_page() {
    let place = Place::new();
    place.ok(["man", "pages/man1"]);
    let mut names = vec!["signet".to_owned()];
    for command in commands_below(&place, &[]) {
        for below in commands_below(&place, &[&command]) {
            names.push(format!("signet-{command}-{below}"));
        }
        names.push(format!("signet-{command}"));
    }
    for name in &names {
        let page = place.path().join(format!("pages/man1/{name}.1"));
        let text = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(text.contains(".SH NAME"), "{name}");
    }
    let main = fs::read_to_string(place.path().join("pages/man1/signet.1")).unwrap();
    assert_eq!(place.ok(["man"]), main);
    place.write("file", "");
    place.fails(3, ["man", "file/below"]);
}
