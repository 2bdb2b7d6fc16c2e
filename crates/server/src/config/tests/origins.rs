//! Origins: as applications have them in the environment, and what of them is a mistake.

use super::super::Overrides;
use super::{APP, check, load_all, load_file, mistakes_with};

fn origins(environment: &[(&str, &str)]) -> Vec<String> {
    let loaded = load_all(APP, environment, Overrides::default());
    let origins = &loaded.config.edge.cors.sharing.origins;
    origins.iter().map(ToString::to_string).collect()
}

#[test]
fn origins_that_fastapi_has_in_the_environment_act_as_they_are() {
    let two = ["https://app.example.com", "http://localhost:5173"];
    for written in [
        "https://app.example.com,http://localhost:5173",
        " https://app.example.com/ , http://localhost:5173 ,",
        "[\"https://app.example.com\", \"http://localhost:5173/\"]",
    ] {
        assert_eq!(origins(&[("CORS_ORIGINS", written)]), two, "{written}");
    }
    for nothing in ["", "[]", " , "] {
        assert_eq!(origins(&[("CORS_ORIGINS", nothing)]), [""; 0]);
    }
}

#[test]
fn what_is_said_to_palisade_by_name_wins_over_them() {
    let environment = [
        ("CORS_ORIGINS", "https://one.test"),
        ("PALISADE_EDGE__CORS__ORIGINS", "https://two.test"),
    ];
    assert_eq!(origins(&environment), ["https://two.test"]);
}

#[test]
fn wrong_origins_in_the_environment_are_told() {
    let told = mistakes_with(&[("CORS_ORIGINS", "app.example.com"), ("DEV_MODE", "perhaps")]);
    insta::assert_snapshot!(told, @r#"
    error: expected origins such as "https://app.example.com", got "app.example.com"
      --> environment CORS_ORIGINS
      = help: set edge.cors.origins to make Palisade ignore CORS_ORIGINS

    error: expected true or false, got "perhaps"
      --> environment DEV_MODE
      = help: set edge.cors.development to make Palisade ignore DEV_MODE

    2 mistakes in the environment; nothing was changed.
    "#);
}

#[test]
fn a_wildcard_is_a_mistake_outside_development() {
    insta::assert_snapshot!(check("[edge.cors]\norigins = [\"*\"]"), @r#"
    error: edge.cors.origins: "*" shares the application with every site there is
      --> palisade.toml:2:11
      |
    2 | origins = ["*"]
      |           ^^^^^
      = help: name the origins; only on a developer's machine set edge.cors.development

    1 mistake in palisade.toml; nothing was changed.
    "#);
    let told = mistakes_with(&[("CORS_ORIGINS", "*")]);
    assert!(told.contains("environment CORS_ORIGINS"), "{told}");
    let origins = origins(&[("CORS_ORIGINS", "*"), ("DEV_MODE", "1")]);
    assert_eq!(origins, ["*"]);
    let off = format!("[edge.cors]\nmode = \"off\"\norigins = [\"*\"]\n{APP}");
    assert!(load_file(&off).is_ok(), "a control that does not look");
}

#[test]
fn credentials_are_never_shared_with_everybody() {
    let rule = "[edge.cors]\ndevelopment = true\n[[edge.cors.rules]]\norigins = [\"*\"]\ncredentials = true";
    insta::assert_snapshot!(check(rule), @r#"
    error: edge.cors.rules[0].credentials: credentials cannot be shared with every origin
      --> palisade.toml:5:15
      |
    5 | credentials = true
      |               ^^^^
      = help: name the origins, or leave credentials out

    1 mistake in palisade.toml; nothing was changed.
    "#);
}

#[test]
fn whoever_trusts_every_site_turns_the_control_off() {
    insta::assert_snapshot!(check("[edge.cross_site]\norigins = [\"*\"]"), @r#"
    error: edge.cross_site.origins: "*" lets every site act on the application
      --> palisade.toml:2:11
      |
    2 | origins = ["*"]
      |           ^^^^^
      = help: name the origins, or exempt paths, or set mode = "off"

    1 mistake in palisade.toml; nothing was changed.
    "#);
}

#[test]
fn origins_and_destinations_that_make_no_sense_are_told() {
    for (section, key, value) in [
        ("cors", "origins", "app.example.com"),
        ("cors", "origins", "https://app.example.com/"),
        ("cors", "headers", "not a name"),
        ("cors", "methods", "get"),
        ("cors", "exempt_paths", "well-known"),
        ("cross_site", "origins", "//a.test"),
        ("redirect", "allow", "javascript:"),
        ("redirect", "allow", "*"),
    ] {
        let file = format!("[edge.{section}]\n{key} = [\"{value}\"]\n{APP}");
        assert!(load_file(&file).is_err(), "{key} = {value} was taken");
    }
    for path in [
        "next",
        "//evil.test",
        "/\\\\evil.test",
        "https://a.test",
        "/a b",
    ] {
        let file = format!("[edge.redirect]\nreplacement = \"{path}\"\n{APP}");
        assert!(load_file(&file).is_err(), "{path} was taken");
    }
}
