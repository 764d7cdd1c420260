//! An MCP server that costs next to nothing: it answers each line that has an id
//! with the same text.

use std::io::{BufRead, BufReader, Write};

/// Answers standard input until it ends.
pub fn serve() {
    let mut input = BufReader::with_capacity(1 << 16, std::io::stdin());
    let mut output = std::io::stdout();
    let text = "x".repeat(250);
    let (mut line, mut answers) = (Vec::new(), Vec::new());
    while input.read_until(b'\n', &mut line).expect("a line") > 0 {
        if let Some(id) = id_of(&line) {
            let answer = format!(
                "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":\"{text}\"}}]}}}}\n"
            );
            answers.extend_from_slice(answer.as_bytes());
        }
        line.clear();
        // What has come together is answered together.
        if input.buffer().is_empty() {
            output.write_all(&answers).expect("written");
            output.flush().expect("written");
            answers.clear();
        }
    }
}

/// The first number that is called `id`, which in these calls is the request's.
fn id_of(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?;
    let (_, rest) = line.split_once("\"id\":")?;
    let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
    rest.get(..end).filter(|id| !id.is_empty())
}
