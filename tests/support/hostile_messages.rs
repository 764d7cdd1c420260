//! Messages that get past a gate that repairs, guesses or passes on what it
//! cannot read. Behind each stands a reader that takes it for another message
//! than the next reader does.

#![allow(dead_code, reason = "every test uses its own part")]

use signet::ErrorKind;

/// What is hostile about it, its bytes, and why it is refused.
pub type Hostile = (&'static str, Vec<u8>, ErrorKind);

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all","arguments":ARGS}}"#;

/// The call of `delete_all` with these arguments.
pub fn call(arguments: &str) -> Vec<u8> {
    CALL.replace("ARGS", arguments).into_bytes()
}

fn raw(bytes: &[u8]) -> Vec<u8> {
    let (head, tail) = CALL.split_once("ARGS").expect("a place for arguments");
    [head.as_bytes(), bytes, tail.as_bytes()].concat()
}

/// The whole corpus.
pub fn all() -> Vec<Hostile> {
    let mut all = Vec::new();
    let mut add = |name, bytes: Vec<u8>, kind| all.push((name, bytes, kind));

    use ErrorKind::*;
    // What one parser refuses and another repairs.
    add(
        "lone high surrogate",
        call(r#"{"a":"\ud83d"}"#),
        JsonLoneSurrogate,
    );
    add(
        "lone low surrogate",
        call(r#"{"a":"\ude00"}"#),
        JsonLoneSurrogate,
    );
    add(
        "surrogates in the wrong order",
        call(r#"{"a":"\ude00\ud83d"}"#),
        JsonLoneSurrogate,
    );
    add(
        "lone surrogate in a name",
        call(r#"{"\ud800":1}"#),
        JsonLoneSurrogate,
    );
    add("number beyond a double", call(r#"{"a":1e999}"#), JsonNumber);
    add(
        "negative number beyond a double",
        call(r#"{"a":-1e999}"#),
        JsonNumber,
    );
    add(
        "digits beyond a double",
        call(&format!(r#"{{"a":{}}}"#, "9".repeat(400))),
        JsonNumber,
    );
    add(
        "number beyond a double as the id",
        br#"{"jsonrpc":"2.0","id":1e999,"method":"tools/call","params":{"name":"t"}}"#.to_vec(),
        JsonNumber,
    );
    add("NaN", call(r#"{"a":NaN}"#), JsonNumber);
    add("Infinity", call(r#"{"a":Infinity}"#), JsonNumber);
    add("-Infinity", call(r#"{"a":-Infinity}"#), JsonNumber);
    add(
        "nested 130 deep",
        call(&format!("{}{}", "[".repeat(130), "]".repeat(130))),
        JsonTooDeep,
    );
    add(
        "nested 100,000 deep",
        call(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
        JsonTooDeep,
    );
    add(
        "nested too deep to be logged",
        call(&format!("{}{}", "[".repeat(122), "]".repeat(122))),
        JsonTooDeep,
    );
    add(
        "byte order mark",
        [b"\xef\xbb\xbf".to_vec(), call("{}")].concat(),
        JsonEncoding,
    );
    add(
        "UTF-16",
        call("{}").iter().flat_map(|byte| [*byte, 0]).collect(),
        JsonSyntax,
    );
    add(
        "UTF-16 with a mark",
        [vec![0xff, 0xfe], call("{}")].concat(),
        JsonEncoding,
    );
    add("invalid UTF-8 byte", raw(b"{\"a\":\"\xff\"}"), JsonEncoding);
    add("overlong UTF-8", raw(b"{\"a\":\"\xc0\xaf\"}"), JsonEncoding);
    add(
        "surrogate in UTF-8",
        raw(b"{\"a\":\"\xed\xa0\x80\"}"),
        JsonEncoding,
    );
    add(
        "UTF-8 cut short",
        raw(b"{\"a\":\"\xf0\x9f\x98\"}"),
        JsonEncoding,
    );
    add(
        "raw control character",
        raw(b"{\"a\":\"\x01\"}"),
        JsonSyntax,
    );
    add(
        "raw line break in a string",
        raw(b"{\"a\":\"\n\"}"),
        JsonSyntax,
    );
    add(
        "zero byte after the message",
        [call("{}"), vec![0]].concat(),
        JsonSyntax,
    );
    add("zero byte inside", raw(b"{\"a\":\0 1}"), JsonSyntax);
    add("comment", call(r#"{"a":1 /* ok */}"#), JsonSyntax);
    add("line comment", call("{\"a\":1 // ok\n}"), JsonSyntax);
    add("trailing comma", call(r#"{"a":1,}"#), JsonSyntax);
    add("trailing comma in an array", call("[1,]"), JsonSyntax);
    add("single quotes", call("{'a':1}"), JsonSyntax);
    add("unquoted name", call("{a:1}"), JsonSyntax);
    add("hexadecimal number", call(r#"{"a":0x10}"#), JsonSyntax);
    add("leading zero", call(r#"{"a":010}"#), JsonSyntax);
    add("leading plus", call(r#"{"a":+1}"#), JsonSyntax);
    add("bare point", call(r#"{"a":.5}"#), JsonSyntax);
    add("trailing point", call(r#"{"a":5.}"#), JsonSyntax);
    add("Python literal", call(r#"{"a":True}"#), JsonSyntax);
    add("undefined", call(r#"{"a":undefined}"#), JsonSyntax);
    add("bad escape", call(r#"{"a":"\x41"}"#), JsonSyntax);
    add("byte escape", call(r#"{"a":"\u12"}"#), JsonSyntax);
    add(
        "no-break space as white space",
        call("{\u{a0}\"a\":1}"),
        JsonSyntax,
    );
    add(
        "form feed as white space",
        raw(b"{\x0c\"a\":1}"),
        JsonSyntax,
    );
    add("unclosed", b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"delete_all\"}".to_vec(), JsonSyntax);
    add(
        "closed twice",
        [call("{}"), b"}".to_vec()].concat(),
        JsonSyntax,
    );
    add(
        "two messages in one",
        [call("{}"), call("{}")].concat(),
        JsonSyntax,
    );
    add(
        "two messages with a comma",
        [call("{}"), b",".to_vec(), call("{}")].concat(),
        JsonSyntax,
    );
    add(
        "JSON text sequence",
        [vec![0x1e], call("{}")].concat(),
        JsonSyntax,
    );
    add(
        "XSSI prefix",
        [b")]}',\n".to_vec(), call("{}")].concat(),
        JsonSyntax,
    );
    add("nothing", Vec::new(), JsonSyntax);
    add("white space", b" \r\n\t".to_vec(), JsonSyntax);
    add("no JSON at all", b"not json at all".to_vec(), JsonSyntax);
    add(
        "HTTP headers",
        [b"Content-Length: 10\r\n\r\n".to_vec(), call("{}")].concat(),
        JsonSyntax,
    );

    // Names twice: the first or the last may count.
    add("two methods", br#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"delete_all"}}"#.to_vec(), JsonDuplicateMember);
    add("two methods, one escaped", br#"{"jsonrpc":"2.0","id":1,"method":"ping","meth\u006fd":"tools/call","params":{"name":"delete_all"}}"#.to_vec(), JsonDuplicateMember);
    add("two params", br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"},"params":{"name":"delete_all"}}"#.to_vec(), JsonDuplicateMember);
    add("two tools", br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"delete_all"}}"#.to_vec(), JsonDuplicateMember);
    add("two arguments", br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{},"arguments":{"all":1}}}"#.to_vec(), JsonDuplicateMember);
    add(
        "two ids",
        br#"{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/call","params":{"name":"echo"}}"#
            .to_vec(),
        JsonDuplicateMember,
    );
    add(
        "a name twice deep inside",
        call(r#"{"a":[{"b":{"c":1,"\u0063":2}}]}"#),
        JsonDuplicateMember,
    );
    add("two metas", br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","_meta":{},"_meta":{}}}"#.to_vec(), JsonDuplicateMember);

    // Names that some readers take for one another.
    for (name, text) in [
        (
            "Method in another case",
            r#"{"jsonrpc":"2.0","id":1,"Method":"tools/call","params":{"name":"delete_all"}}"#,
        ),
        (
            "another method in another case",
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","METHOD":"tools/call","params":{"name":"delete_all"}}"#,
        ),
        (
            "Params in another case",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"},"Params":{"name":"delete_all"}}"#,
        ),
        (
            "Name in another case",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","Name":"delete_all"}}"#,
        ),
        (
            "Arguments in another case",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","Arguments":{"all":1}}}"#,
        ),
        (
            "_META in another case",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","_META":{}}}"#,
        ),
        (
            "_Signet in another case",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","_meta":{"_Signet":{}}}}"#,
        ),
        (
            "Id in another case",
            r#"{"jsonrpc":"2.0","ID":1,"id":2,"method":"tools/call","params":{"name":"echo"}}"#,
        ),
        (
            "params with a long s",
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\"},\"param\u{17f}\":{\"name\":\"delete_all\"}}",
        ),
        (
            "a zero byte behind a name",
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","method\u0000":"tools/call","params":{"name":"delete_all"}}"#,
        ),
        (
            "method in another case",
            r#"{"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{"name":"delete_all"}}"#,
        ),
        (
            "method with a space",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call ","params":{"name":"delete_all"}}"#,
        ),
        (
            "method with a zero byte",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call\u0000","params":{"name":"delete_all"}}"#,
        ),
        (
            "method with a zero byte and more",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call\u0000/list","params":{"name":"delete_all"}}"#,
        ),
        (
            "method with a slash behind",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call/","params":{"name":"delete_all"}}"#,
        ),
        (
            "method with two slashes",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools//call","params":{"name":"delete_all"}}"#,
        ),
        (
            "method with a point",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools.call","params":{"name":"delete_all"}}"#,
        ),
        // Shapes that servers fill in for themselves.
        (
            "no version",
            r#"{"id":1,"method":"tools/call","params":{"name":"delete_all"}}"#,
        ),
        (
            "version as a number",
            r#"{"jsonrpc":2.0,"id":1,"method":"tools/call","params":{"name":"delete_all"}}"#,
        ),
        (
            "version 1",
            r#"{"jsonrpc":"1.0","id":1,"method":"tools/call","params":{"name":"delete_all"}}"#,
        ),
        (
            "method in an array",
            r#"{"jsonrpc":"2.0","id":1,"method":["tools/call"],"params":{"name":"delete_all"}}"#,
        ),
        (
            "no method",
            r#"{"jsonrpc":"2.0","id":1,"params":{"name":"delete_all"}}"#,
        ),
        (
            "a request and a response at once",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all"},"result":{}}"#,
        ),
        (
            "a response with params",
            r#"{"jsonrpc":"2.0","id":1,"params":{"name":"delete_all"},"result":{}}"#,
        ),
        (
            "result and error",
            r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}"#,
        ),
        (
            "a response without an id",
            r#"{"jsonrpc":"2.0","result":{}}"#,
        ),
        (
            "id is an object",
            r#"{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{"name":"delete_all"}}"#,
        ),
        (
            "id is an array",
            r#"{"jsonrpc":"2.0","id":[1],"method":"tools/call","params":{"name":"delete_all"}}"#,
        ),
        (
            "id is true",
            r#"{"jsonrpc":"2.0","id":true,"method":"tools/call","params":{"name":"delete_all"}}"#,
        ),
        (
            "no params",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#,
        ),
        (
            "params by position",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["delete_all",{}]}"#,
        ),
        (
            "params is null",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":null}"#,
        ),
        (
            "no tool",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{"a":1}}}"#,
        ),
        (
            "tool is a number",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":5}}"#,
        ),
        (
            "tool in an array",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["delete_all"]}}"#,
        ),
        (
            "tool is null",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":null}}"#,
        ),
        (
            "_meta is a string",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all","_meta":"text"}}"#,
        ),
        (
            "_meta is null",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all","_meta":null}}"#,
        ),
        (
            "_meta is an array",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all","_meta":[]}}"#,
        ),
        // More than one message.
        ("an empty batch", "[]"),
        (
            "a batch in a batch",
            r#"[[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all"}}]]"#,
        ),
        ("a batch of numbers", "[1,2,3]"),
        ("a bare string", r#""tools/call""#),
        ("a bare null", "null"),
        (
            "a message in a line of its own",
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\",\"params\":\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"delete_all\"}}\n}",
        ),
        (
            "the same with a carriage return",
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\",\"params\":\r{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"delete_all\"}}\r}",
        ),
    ] {
        add(name, text.as_bytes().to_vec(), MessageInvalid);
    }
    add(
        "a batch too long",
        format!("[{}]", vec!["{}"; 1001].join(",")).into_bytes(),
        TooLarge,
    );
    add(
        "17 MiB",
        raw(format!("\"{}\"", "x".repeat(17 << 20)).as_bytes()),
        TooLarge,
    );
    add(
        "9 MiB, which would be too large with a receipt",
        raw(format!("\"{}\"", "x".repeat(9 << 20)).as_bytes()),
        TooLarge,
    );
    all
}
