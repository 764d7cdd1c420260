//! Adding hooks to the text of a settings file and taking them out again.
//!
//! The text is only ever cut and joined: the order of members, unknown members,
//! white space, line ends and numbers stay as the user wrote them.

use signet::encoding::members;

use super::handler::{Handler, is_ours};
use super::layout::{self, Json};
use crate::agent::Agent;

/// The hooks of ours for that agent, in the order of the text.
pub fn find(text: &str, agent: Agent) -> Result<Vec<Handler>, String> {
    check(text)?;
    Ok(ours(text, agent)
        .into_iter()
        .map(|place| place.says)
        .collect())
}

/// The text with hooks added, each as the last of its event. What is wrong with
/// the text is the error.
pub fn add(text: &str, handlers: &[Handler]) -> Result<String, String> {
    let mut text = match is_blank(text) {
        true => format!("{text}{{}}\n"),
        false => text.to_owned(),
    };
    check(&text)?;
    for handler in handlers {
        let root = root(&text);
        let hooks = member_or_new(&mut text, root, "hooks", b'{')?;
        let groups = member_or_new(&mut text, hooks, &handler.event, b'[')?;
        layout::insert(&mut text, groups, None, &group(handler));
    }
    Ok(text)
}

/// The text without our hooks for that agent, and without the containers that are
/// empty for it, but for those that were there `before`, where that is known.
pub fn remove(text: &str, agent: Agent, before: Option<&str>) -> Result<String, String> {
    check(text)?;
    let mut text = text.to_owned();
    while let Some(place) = ours(&text, agent).pop() {
        // Each container goes when its last item has gone.
        let is_empty = cut(&mut text, place.handlers, place.handler)
            && cut(&mut text, place.groups, place.group)
            && !had(before, &["hooks", &place.says.event])
            && cut(&mut text, place.hooks, place.groups)
            && !had(before, &["hooks"]);
        if is_empty {
            let root = root(&text);
            cut(&mut text, root, place.hooks);
        }
    }
    Ok(text)
}

/// Whether there is nothing in the text, not even an object.
pub fn is_blank(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim().is_empty()
}

/// A handler of ours and the containers around it, by where they begin.
struct Place {
    hooks: usize,
    groups: usize,
    group: usize,
    handlers: usize,
    handler: usize,
    says: Handler,
}

fn ours(text: &str, agent: Agent) -> Vec<Place> {
    let bytes = text.as_bytes();
    let mut places = Vec::new();
    let Some(hooks) = members::find(bytes, root(text), "hooks") else {
        return places;
    };
    for event in members::members(bytes, hooks.start) {
        let name = text.get(event.start..event.start + event.name.len() + 2);
        let name = name.and_then(|quoted| serde_json::from_str::<String>(quoted).ok());
        for group in members::elements(bytes, event.value.start) {
            let Some(handlers) = members::find(bytes, group.start, "hooks") else {
                continue;
            };
            for handler in members::elements(bytes, handlers.start) {
                let string = |start, name| {
                    let place = members::find(bytes, start, name)?;
                    members::string_at(bytes, place).map(|text| text.into_owned())
                };
                let Some(command) = string(handler.start, "command") else {
                    continue;
                };
                if !is_ours(&command, agent) {
                    continue;
                }
                let timeout = members::find(bytes, handler.start, "timeout")
                    .and_then(|place| text.get(place)?.parse().ok());
                places.push(Place {
                    hooks: hooks.start,
                    groups: event.value.start,
                    group: group.start,
                    handlers: handlers.start,
                    handler: handler.start,
                    says: Handler {
                        event: name.clone().unwrap_or_default(),
                        matcher: string(group.start, "matcher"),
                        command,
                        timeout: timeout.unwrap_or_default(),
                    },
                });
            }
        }
    }
    places
}

/// Refuses what is no settings file: other programs would not read it either.
fn check(text: &str) -> Result<(), String> {
    let rest = text.trim_start_matches('\u{feff}');
    serde_json::from_str::<serde::de::IgnoredAny>(rest)
        .map_err(|error| format!("it is not valid JSON: {error}"))?;
    let bytes = text.as_bytes();
    let start = root(text);
    if bytes.get(start) != Some(&b'{') {
        return Err("it is not a JSON object".to_owned());
    }
    let named = |member: &members::Member<'_>| member.is_named("hooks");
    match members::members(bytes, start).filter(named).count() {
        0 | 1 => Ok(()),
        _ => Err("it has more than one member \"hooks\"".to_owned()),
    }
}

fn root(text: &str) -> usize {
    let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let rest = text.get(mark..).unwrap_or_default();
    mark + members::root(rest.as_bytes())
}

/// Where the value of a member begins, which is made if it is not there.
fn member_or_new(
    text: &mut String,
    object: usize,
    name: &str,
    opening: u8,
) -> Result<usize, String> {
    if let Some(value) = members::find(text.as_bytes(), object, name) {
        return match text.as_bytes().get(value.start) {
            Some(found) if *found == opening => Ok(value.start),
            _ => Err(format!("its {name:?} is not what an agent reads")),
        };
    }
    let value = match opening {
        b'{' => Json::Object(Vec::new()),
        _ => Json::Array(Vec::new()),
    };
    Ok(layout::insert(text, object, Some(name), &value))
}

fn group(handler: &Handler) -> Json {
    let command = Json::Object(vec![
        ("type", Json::Text("command".to_owned())),
        ("command", Json::Text(handler.command.clone())),
        ("timeout", Json::Number(handler.timeout)),
    ]);
    let mut group = Vec::new();
    if let Some(matcher) = &handler.matcher {
        group.push(("matcher", Json::Text(matcher.clone())));
    }
    group.push(("hooks", Json::Array(vec![command])));
    Json::Object(group)
}

/// Cuts the item of a container out whose value begins at `value`; answers
/// whether the container is empty now.
fn cut(text: &mut String, container: usize, value: usize) -> bool {
    let items = layout::items(text, container);
    let Some(place) = items.iter().position(|item| item.value == value) else {
        return false;
    };
    let at = |place: Option<usize>| items.get(place?);
    let range = match (
        at(place.checked_sub(1)),
        at(Some(place)),
        at(Some(place + 1)),
    ) {
        (_, Some(item), Some(next)) => item.start..next.start,
        (Some(previous), Some(item), None) => previous.end..item.end,
        _ => container + 1..layout::end_of(text, container).saturating_sub(1),
    };
    text.replace_range(range, "");
    items.len() == 1
}

fn had(before: Option<&str>, path: &[&str]) -> bool {
    let Some(before) = before.filter(|before| check(before).is_ok()) else {
        return false;
    };
    let mut start = root(before);
    path.iter().all(|name| {
        let found = members::find(before.as_bytes(), start, name);
        start = found.as_ref().map_or(start, |value| value.start);
        found.is_some()
    })
}
