//! Documents that are almost right: one thing in a JSON value misspelt, missing,
//! doubled, of another type or damaged. What two readers make of them tells how
//! strict each of them is.

#![allow(dead_code, reason = "every test uses its own part")]

use serde_json::{Value, json};

use crate::documents::Documents;

/// Stands behind the name of a member that is to be there twice.
const TWICE: &str = "__twice";

/// A document with one thing changed; now and then two, or none.
pub fn mutated(random: &mut Documents, original: &Value) -> String {
    let mut value = original.clone();
    for _ in 0..[1, 1, 1, 2, 0][random.below(5) as usize] {
        change(random, &mut value, original);
    }
    let mut text = value.to_string().replace(TWICE, "");
    if random.below(8) == 0 {
        damage(random, &mut text);
    }
    text
}

/// Every place in a value, the value itself first.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{index}"), into);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(member, &format!("{at}/{name}"), into);
            }
        }
        _ => {}
    }
}

fn change(random: &mut Documents, value: &mut Value, original: &Value) {
    let mut all = Vec::new();
    places(value, "", &mut all);
    let place = all[random.below(all.len() as u64) as usize].clone();
    let other = another(random, original);
    let Some(found) = value.pointer_mut(&place) else {
        return;
    };
    match found {
        Value::Object(members) if !members.is_empty() && random.below(5) > 0 => {
            let names: Vec<String> = members.keys().cloned().collect();
            let name = &names[random.below(names.len() as u64) as usize];
            match random.below(5) {
                0 => drop(members.remove(name)),
                1 => {
                    let member = members.remove(name).unwrap_or_default();
                    members.insert(misspelt(random, name), member);
                }
                2 => drop(members.insert(format!("{name}{TWICE}"), other)),
                3 => drop(members.insert(misspelt(random, name), other)),
                _ => drop(members.insert(name.clone(), other)),
            }
        }
        Value::Array(items) if !items.is_empty() && random.below(5) > 0 => {
            let index = random.below(items.len() as u64) as usize;
            match random.below(4) {
                0 => drop(items.remove(index)),
                1 => items.insert(index, items[index].clone()),
                2 => items.swap(0, index),
                _ => items[index] = other,
            }
        }
        found => *found = other,
    }
}

/// Another value: odd ones, and those of other places.
fn another(random: &mut Documents, original: &Value) -> Value {
    let odd = [
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(2),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!(" "),
        json!("*"),
        json!("x"),
        json!("2026-06-15T12:00:00Z"),
        json!("2026-06-15T14:00:00+02:00"),
        json!("2026-06-15"),
        json!([]),
        json!({}),
        json!(["*", "x"]),
        json!({"x": 1}),
    ];
    if random.below(3) > 0 {
        return odd[random.below(odd.len() as u64) as usize].clone();
    }
    let mut all = Vec::new();
    places(original, "", &mut all);
    let place = &all[random.below(all.len() as u64) as usize];
    original.pointer(place).cloned().unwrap_or_default()
}

fn misspelt(random: &mut Documents, name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let at = random.below(letters.len().max(1) as u64) as usize;
    match random.below(5) {
        0 if !letters.is_empty() => drop(letters.remove(at)),
        1 if !letters.is_empty() => letters.insert(at, letters[at]),
        2 if letters.len() > 1 => letters.swap(0, at),
        3 => return name.to_uppercase(),
        _ => letters.push('s'),
    }
    letters.into_iter().collect()
}

fn damage(random: &mut Documents, text: &mut String) {
    let at = random.below(text.len() as u64) as usize;
    if !text.is_char_boundary(at) || !text.is_char_boundary(at + 1) {
        return;
    }
    match random.below(3) {
        0 => drop(text.remove(at)),
        1 => text.insert(at, [',', '"', ' ', '0', '}'][random.below(5) as usize]),
        _ => text.replace_range(at..=at, "1"),
    }
}
