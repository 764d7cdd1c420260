//! What the clients do: steps for the scripts of both SDKs, which know each verb.

use std::path::Path;

use serde_json::{Value, json};

/// How many calls at once.
pub const MANY: usize = 2000;

/// Everything that the reference server for everything can do.
pub fn with_everything() -> Value {
    let many = json!([["echo", {"message": "message #"}], ["get-sum", {"a": "#", "b": 0.5}]]);
    let odd = "\"zwölf\" 😀 \u{2028} \\ \u{0} </script> \r\n";
    let text = "demo://resource/dynamic/text/1";
    let person = json!({"type": "ref/prompt", "name": "completable-prompt"});
    let blob = json!({"type": "ref/resource", "uri": "demo://resource/dynamic/blob/{resourceId}"});
    json!({
        "roots": [{"uri": "file:///a", "name": "A"}],
        "steps": [
            ["hear", "Roots updated", 1],
            ["tools"], ["resources"], ["templates"], ["prompts"], ["ping"],
            ["level", "debug"],
            ["call", "echo", {"message": odd}],
            ["call", "get-sum", {"a": 0.1, "b": 1e21}],
            ["call", "get-sum", {"a": 9007199254740991_i64, "b": -1}],
            ["call", "get-annotated-message", {"messageType": "error", "includeImage": true}],
            ["call", "get-tiny-image", {}],
            ["call", "get-structured-content", {"location": "Chicago"}],
            ["call", "get-resource-links", {"count": 4}],
            ["call", "get-resource-reference", {"resourceType": "Text", "resourceId": 2}],
            ["call", "get-resource-reference", {"resourceType": "Blob", "resourceId": 3}],
            ["call", "gzip-file-as-resource",
                {"name": "a.gz", "data": "data:text/plain,aaaa", "outputType": "resource"}],
            ["call", "echo", {}],
            ["call", "no-such-tool", {}],
            ["call", "trigger-sampling-request", {"prompt": "why?", "maxTokens": 10}],
            ["call", "trigger-elicitation-request", {}],
            ["call", "get-roots-list", {}],
            ["new_roots", [{"uri": "file:///b"}, {"uri": "file:///c", "name": "C"}]],
            ["hear", "Roots updated", 2],
            ["call", "get-roots-list", {}],
            ["call", "toggle-simulated-logging", {}],
            ["hear", "\"method\":\"notifications/message\"", 3],
            ["call", "toggle-simulated-logging", {}],
            ["read", "demo://resource/static/document/features.md"],
            ["read", "demo://resource/session/a.gz"],
            ["read", text],
            ["read", "demo://nowhere"],
            ["subscribe", text],
            ["call", "toggle-subscriber-updates", {}],
            ["hear", "resources/updated", 1],
            ["call", "toggle-subscriber-updates", {}],
            ["unsubscribe", text],
            ["prompt", "simple-prompt", {}],
            ["prompt", "args-prompt", {"city": "Bern"}],
            ["prompt", "resource-prompt", {"resourceType": "Text", "resourceId": "2"}],
            ["prompt", "no-such-prompt", {}],
            ["complete", person, {"name": "name", "value": "A"}, {"department": "Engineering"}],
            ["complete", blob, {"name": "resourceId", "value": "5"}, {}],
            ["progress", "trigger-long-running-operation", {"duration": 0.3, "steps": 3}],
            ["cancel", "trigger-long-running-operation", {"duration": 3, "steps": 2}],
            ["many", MANY, many],
            ["cancelled", 2],
            ["call", "echo", {"message": "the end"}],
        ],
    })
}

/// How many files are read at once.
pub const READS: usize = 1000;

/// Everything that the reference server for files can do in this folder.
pub fn with_files(folder: &Path) -> Value {
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let root = |path: &Path| json!([{"uri": format!("file://{}", path.display())}]);
    let long = "A line of the long file.\n".repeat(40_000);
    json!({
        "roots": root(folder),
        "steps": [
            ["hear", "asked for roots", 1],
            ["tools"],
            ["call", "list_allowed_directories", {}],
            ["call", "read_text_file", {"path": at("plain.txt")}],
            ["call", "read_text_file", {"path": at("plain.txt"), "head": 2}],
            ["call", "read_text_file", {"path": at("odd.txt")}],
            ["call", "read_media_file", {"path": at("image.png")}],
            ["call", "read_media_file", {"path": at("sound.wav")}],
            ["call", "read_media_file", {"path": at("large.bin")}],
            ["call", "read_multiple_files", {"paths": [at("plain.txt"), at("nowhere")]}],
            ["call", "read_text_file", {"path": "/etc/hostname"}],
            ["call", "write_file", {"path": at("long.txt"), "content": long}],
            ["call", "read_text_file", {"path": at("long.txt")}],
            ["call", "edit_file", {"path": at("plain.txt"),
                "edits": [{"oldText": "line 1\n", "newText": "line one\n"}]}],
            ["call", "create_directory", {"path": at("sub/below")}],
            ["call", "move_file", {"source": at("plain.txt"), "destination": at("sub/moved.txt")}],
            ["call", "list_directory", {"path": at("sub")}],
            ["call", "list_directory_with_sizes", {"path": at("")}],
            ["call", "directory_tree", {"path": at("")}],
            ["call", "search_files", {"path": at(""), "pattern": "**/*.txt"}],
            ["many", READS, [
                ["read_text_file", {"path": at("sub/moved.txt")}],
                ["read_text_file", {"path": at("odd.txt"), "tail": 1}],
                ["write_file", {"path": at("sub/below/#.txt"), "content": "number #"}],
                ["read_media_file", {"path": at("image.png")}],
            ]],
            ["new_roots", root(&folder.join("sub"))],
            ["hear", "asked for roots", 2],
            ["call", "read_text_file", {"path": at("sub/below/2.txt")}],
        ],
    })
}
