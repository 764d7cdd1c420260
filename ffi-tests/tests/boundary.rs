//! Every entry point goes through the boundary, and nothing in `src/ffi` can
//! panic, keep state, or surprise a C caller.

use signet_ffi_tests::source::{self, docs, has_attribute, parameters};
use syn::visit::{self, Visit};
use syn::{Expr, Item, ItemFn, ReturnType, Stmt, Type};

/// What an entry point may be: one call of one of these.
const BOUNDARY: &[&str] = &["run", "quietly", "silently"];

/// What C callers pass and get by value.
const NUMBERS: &[&str] = &["u8", "i32", "u32", "i64", "u64", "usize"];

#[test]
fn every_entry_point_is_one_call_of_the_boundary() {
    let functions = source::entry_points().unwrap();
    assert!(functions.len() > 40, "src/ffi is not where it was");
    for function in &functions {
        let name = function.sig.ident.to_string();
        assert!(
            guard_of(function).is_some_and(|guard| BOUNDARY.contains(&guard.as_str())),
            "the whole body of {name} must be a call of run, quietly or silently"
        );
    }
}

#[test]
fn entry_points_that_can_fail_say_so_in_c() {
    for function in source::entry_points().unwrap() {
        let name = function.sig.ident.to_string();
        let last = parameters(&function).last().map(|(name, _)| name.clone());
        let can_fail = guard_of(&function).as_deref() == Some("run");
        assert_eq!(
            can_fail,
            last.as_deref() == Some("error_out"),
            "{name}: error_out is the last parameter of what can fail"
        );
        assert_eq!(
            can_fail,
            has_attribute(&function.attrs, "must_use"),
            "{name}: #[must_use] marks what can fail"
        );
        if can_fail {
            assert_eq!(returned(&function), "signet_status", "{name}");
            let last = parameters(&function).last().map(|(_, ty)| text_of(ty));
            assert_eq!(last.as_deref(), Some("*mut*mutsignet_error"), "{name}");
        }
    }
}

#[test]
fn entry_points_are_exported_under_their_own_name() {
    for source in source::files().unwrap() {
        for item in &source.items {
            let Item::Fn(function) = item else { continue };
            let name = function.sig.ident.to_string();
            let Some(abi) = &function.sig.abi else {
                assert!(!name.starts_with("signet_"), "{name} is not extern \"C\"");
                continue;
            };
            assert_eq!(
                abi.name.as_ref().map(syn::LitStr::value).as_deref(),
                Some("C"),
                "{name}"
            );
            assert!(
                matches!(function.vis, syn::Visibility::Public(_)),
                "{name} is not pub"
            );
            assert!(name.starts_with("signet_"), "{name} lacks the prefix");
            let exported = function
                .attrs
                .iter()
                .any(|attribute| text_of(&attribute.meta) == "unsafe(no_mangle)");
            assert!(exported, "{name} lacks #[unsafe(no_mangle)]");
            assert!(function.sig.generics.params.is_empty(), "{name} is generic");
        }
    }
}

#[test]
fn only_what_c_has_crosses_the_border() {
    let handles = handles();
    for function in source::entry_points().unwrap() {
        let name = function.sig.ident.to_string();
        for (parameter, ty) in parameters(&function) {
            assert!(
                may_be_given(ty, &handles),
                "{name}: {parameter}: {}",
                text_of(ty)
            );
        }
        let returned = returned(&function);
        let may_be_returned = ["", "signet_status", "*constu8", "*constc_char"];
        assert!(
            may_be_returned.contains(&returned.as_str()) || NUMBERS.contains(&returned.as_str()),
            "{name} returns {returned}"
        );
    }
}

#[test]
fn names_say_who_owns_what() {
    for function in source::entry_points().unwrap() {
        let name = function.sig.ident.to_string();
        let all = parameters(&function);
        for (at, (parameter, ty)) in all.iter().enumerate() {
            let ty = text_of(*ty);
            // What is written to is an ..._out; only _free takes a handle for good.
            let is_written = ty.starts_with("*mut") && ty != "*mutc_void";
            let is_freed = name.ends_with("_free") && all.len() == 1;
            assert_eq!(
                is_written && !is_freed,
                parameter.ends_with("_out"),
                "{name}: {parameter}: {ty}"
            );
            // Bytes of any length are followed by that length.
            if ty == "*constu8"
                && all
                    .get(at + 1)
                    .is_some_and(|(_, next)| text_of(*next) == "usize")
            {
                let (next, _) = &all[at + 1];
                assert_eq!(next, &format!("{parameter}_len"), "{name}");
            }
        }
    }
}

#[test]
fn every_entry_point_is_documented_for_readers_of_c() {
    for function in source::entry_points().unwrap() {
        let name = function.sig.ident.to_string();
        let docs = docs(&function.attrs);
        assert!(docs.contains("\n@since "), "{name} lacks @since");
        let documented: Vec<String> = docs
            .lines()
            .filter_map(|line| {
                let after = line
                    .strip_prefix("@param[out] ")
                    .or_else(|| line.strip_prefix("@param "))?;
                Some(after.split_whitespace().next()?.to_owned())
            })
            .collect();
        let given: Vec<String> = parameters(&function).into_iter().map(|(n, _)| n).collect();
        if guard_of(&function).as_deref() == Some("run") {
            assert_eq!(
                documented, given,
                "{name}: one @param for each parameter, in order"
            );
            assert!(docs.contains("\n@return SIGNET_OK"), "{name} lacks @return");
            if given.len() > 1 {
                assert!(
                    docs.contains("SIGNET_ERR_NULL_ARGUMENT"),
                    "{name}: @return lacks SIGNET_ERR_NULL_ARGUMENT"
                );
            }
        } else if !documented.is_empty() {
            assert_eq!(
                documented, given,
                "{name}: one @param for each parameter, in order"
            );
        }
        for (parameter, _) in parameters(&function) {
            let marked = docs.contains(&format!("@param[out] {parameter} "));
            let mentioned = documented.contains(&parameter);
            assert_eq!(
                marked,
                mentioned && parameter.ends_with("_out"),
                "{name}: @param[out] marks {parameter} wrongly"
            );
        }
    }
}

#[test]
fn src_ffi_cannot_panic_and_keeps_nothing() {
    for source in source::files().unwrap() {
        let mut smells = Smells::default();
        for item in &source.items {
            smells.visit_item(item);
        }
        assert!(
            smells.found.is_empty(),
            "{}: {:#?}",
            source.path.display(),
            smells.found
        );
    }
}

/// A test of the test: each smell is smelled.
#[test]
fn smells_are_found() {
    for code in [
        "fn f() { x.unwrap(); }",
        "fn f() { x.expect(\"y\"); }",
        "fn f() { x[0]; }",
        "fn f() { panic!(); }",
        "fn f() { assert!(true); }",
        "static X: u32 = 0;",
        "thread_local! { static X: u32 = 0; }",
        "make_entry_points!(a, b);",
        "fn f() { static X: u32 = 0; }",
        "fn f() { CString::new(x); }",
        "fn f() { std::env::var(x); }",
        "fn f() { std::thread::spawn(x); }",
    ] {
        let file = syn::parse_file(code).unwrap();
        let mut smells = Smells::default();
        smells.visit_file(&file);
        assert!(!smells.found.is_empty(), "{code}");
    }
    let tests = "#[cfg(test)] mod tests { fn f() { x.unwrap(); } }";
    let mut smells = Smells::default();
    smells.visit_file(&syn::parse_file(tests).unwrap());
    assert!(smells.found.is_empty());
}

#[derive(Default)]
struct Smells {
    found: Vec<String>,
}

impl Smells {
    fn smell(&mut self, what: &str) {
        self.found.push(what.to_owned());
    }
}

impl<'ast> Visit<'ast> for Smells {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !module.attrs.iter().any(|a| text_of(&a.meta) == "cfg(test)") {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        // What is evaluated at compile time fails at compile time.
        if function.sig.constness.is_none() {
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.smell(&format!("static {}", item.ident));
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        self.smell(&format!("macro {}", text_of(&item.mac.path)));
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = text_of(&call.path);
        if !["format", "concat", "env", "matches", "vec"].contains(&name.as_str()) {
            self.smell(&format!("{name}!"));
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        if ["unwrap", "expect", "unwrap_err", "expect_err"].contains(&name.as_str()) {
            self.smell(&format!(".{name}()"));
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_index(&mut self, _: &'ast syn::ExprIndex) {
        self.smell("indexing");
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let text = text_of(path);
        for word in [
            "CString",
            "std::env::",
            "std::thread::",
            "OnceLock::new",
            "LazyLock",
        ] {
            if text.contains(word) {
                self.smell(&text);
            }
        }
        visit::visit_path(self, path);
    }
}

/// The function that is the whole body of an entry point.
fn guard_of(function: &ItemFn) -> Option<String> {
    let mut body = &function.block.stmts;
    loop {
        let [Stmt::Expr(expression, _)] = body.as_slice() else {
            return None;
        };
        match expression {
            Expr::Unsafe(inner) => body = &inner.block.stmts,
            Expr::Call(call) => return Some(text_of(&*call.func)),
            _ => return None,
        }
    }
}

fn returned(function: &ItemFn) -> String {
    match &function.sig.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, ty) => text_of(&**ty),
    }
}

/// The opaque types and option structs that pointers may point to.
fn handles() -> Vec<String> {
    let items = source::files().unwrap().into_iter().flat_map(|s| s.items);
    items
        .filter_map(|item| match item {
            Item::Struct(item) if item.ident.to_string().starts_with("signet_") => {
                Some(item.ident.to_string())
            }
            _ => None,
        })
        .collect()
}

/// Numbers, pointers to what C knows, and nullable callbacks; no references, no
/// enums (any other number in one is undefined behaviour), no bool.
fn may_be_given(ty: &Type, handles: &[String]) -> bool {
    match ty {
        Type::Path(path) => {
            let name = text_of(path);
            NUMBERS.contains(&name.as_str()) || name.ends_with("_callback")
        }
        Type::Ptr(pointer) => match &*pointer.elem {
            Type::Ptr(inner) => may_be_given(&Type::Ptr(inner.clone()), handles),
            pointee => {
                let name = text_of(pointee);
                NUMBERS.contains(&name.as_str()) || name == "c_void" || handles.contains(&name)
            }
        },
        _ => false,
    }
}

/// Syntax as text without spaces.
fn text_of(syntax: impl quote::ToTokens) -> String {
    let text = syntax.to_token_stream().to_string();
    text.replace(char::is_whitespace, "")
}
