//! Where this checkout is, which packages it holds and where their builds go.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command;

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// One member of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Its folder under `crates/`.
    pub(crate) folder: String,
    /// The names of what it declares as a normal or build dependency.
    pub(crate) dependencies: Vec<String>,
}

impl Workspace {
    pub(crate) fn read() -> Result<Self> {
        // The tree that was built is not always the one we stand in: cargo knows.
        let arguments = ["metadata", "--format-version", "1", "--no-deps"];
        let text = command::read(&mut command::cargo(&arguments))?;
        let metadata: Value = serde_json::from_str(&text).context("cargo metadata is not JSON")?;
        Ok(Self {
            root: path(&metadata, "workspace_root")?,
            target: path(&metadata, "target_directory")?,
            packages: list(&metadata, "packages")
                .iter()
                .filter_map(package)
                .collect(),
        })
    }
}

fn path(metadata: &Value, key: &str) -> Result<PathBuf> {
    let text = metadata[key].as_str();
    text.map(PathBuf::from)
        .with_context(|| format!("cargo metadata has no {key}"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn package(value: &Value) -> Option<Package> {
    let manifest = Path::new(value["manifest_path"].as_str()?);
    Some(Package {
        name: value["name"].as_str()?.to_owned(),
        folder: manifest.parent()?.file_name()?.to_str()?.to_owned(),
        dependencies: list(value, "dependencies")
            .iter()
            .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
            .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_dependencies_are_no_imports() {
        let value = serde_json::json!({
            "name": "palisade-edge",
            "manifest_path": "/x/crates/edge/Cargo.toml",
            "dependencies": [
                { "name": "hyper", "kind": null },
                { "name": "cc", "kind": "build" },
                { "name": "insta", "kind": "dev" },
            ],
        });
        let package = package(&value).unwrap();
        assert_eq!(package.folder, "edge");
        assert_eq!(package.dependencies, ["hyper", "cc"]);
    }
}
