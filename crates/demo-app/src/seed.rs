//! The two studios, their people and their photos: the same at every start.

mod harbor_pine;
mod northlight;

use serde::Serialize;

use crate::art::{Motif, Subject};
use crate::records::{Comment, Photo, Picture};

/// A studio.
#[derive(Debug, Serialize)]
pub struct Tenant {
    pub slug: &'static str,
    pub name: &'static str,
    pub tagline: &'static str,
    pub city: &'static str,
    /// Brand colour as a CSS value, on light and on dark ground.
    pub brand: &'static str,
    pub brand_on_dark: &'static str,
    /// Slug and title of each album.
    pub albums: &'static [(&'static str, &'static str)],
    /// The photo on the studio's cover.
    pub cover: u32,
}

/// A seeded user. The password is a demo's: it is printed on the login page.
#[derive(Debug)]
pub struct Account {
    pub id: u32,
    pub name: &'static str,
    pub email: &'static str,
    pub password: &'static str,
    pub phone: &'static str,
    pub tenant: &'static str,
    /// `owner`, `admin` or `member`.
    pub role: &'static str,
}

pub static TENANTS: &[Tenant] = &[northlight::STUDIO, harbor_pine::STUDIO];

/// Everyone who can log in. Plain passwords, because nothing here is worth a hash.
pub static ACCOUNTS: &[Account] = &[
    account(
        1,
        "Ada Lindqvist",
        "ada@northlight.example",
        "northlight-ada",
        "+4745550101",
        "northlight",
        "owner",
    ),
    account(
        2,
        "Jonas Berg",
        "jonas@northlight.example",
        "northlight-jonas",
        "+4745550102",
        "northlight",
        "admin",
    ),
    account(
        3,
        "Noor Haddad",
        "noor@northlight.example",
        "northlight-noor",
        "+4745550103",
        "northlight",
        "member",
    ),
    account(
        4,
        "Finn Aalto",
        "finn@harborpine.example",
        "harbor-finn",
        "+12075550104",
        "harbor-pine",
        "owner",
    ),
    account(
        5,
        "Priya Raman",
        "priya@harborpine.example",
        "harbor-priya",
        "+12075550105",
        "harbor-pine",
        "admin",
    ),
    account(
        6,
        "Mia Castell",
        "mia@harborpine.example",
        "harbor-mia",
        "+12075550106",
        "harbor-pine",
        "member",
    ),
];

const fn account(
    id: u32,
    name: &'static str,
    email: &'static str,
    password: &'static str,
    phone: &'static str,
    tenant: &'static str,
    role: &'static str,
) -> Account {
    Account {
        id,
        name,
        email,
        password,
        phone,
        tenant,
        role,
    }
}

pub(crate) fn tenant(slug: &str) -> Option<&'static Tenant> {
    TENANTS.iter().find(|tenant| tenant.slug == slug)
}

/// A photo before it has a number.
struct Shot {
    album: &'static str,
    title: &'static str,
    place: &'static str,
    position: (f64, f64),
    motif: Motif,
    seed: u32,
    aspect: f32,
    private: bool,
}

const fn shot(
    album: &'static str,
    title: &'static str,
    place: &'static str,
    position: (f64, f64),
    motif: Motif,
    seed: u32,
    aspect: f32,
) -> Shot {
    Shot {
        album,
        title,
        place,
        position,
        motif,
        seed,
        aspect,
        private: false,
    }
}

/// Seen by the studio and its client only.
const fn private(shot: Shot) -> Shot {
    Shot {
        private: true,
        ..shot
    }
}

const CAMERAS: [&str; 4] = ["Leica Q3", "Fujifilm X-T5", "Sony α7R V", "Hasselblad X2D"];

pub(crate) fn photos() -> Vec<Photo> {
    let northlight = northlight::SHOTS
        .iter()
        .map(|shot| (&northlight::STUDIO, shot));
    let harbor_pine = harbor_pine::SHOTS
        .iter()
        .map(|shot| (&harbor_pine::STUDIO, shot));
    let numbered = northlight.chain(harbor_pine).zip(1..);
    numbered
        .map(|((studio, shot), id)| photo(id, studio, shot))
        .collect()
}

fn photo(id: u32, studio: &Tenant, shot: &Shot) -> Photo {
    let seed = shot.seed as usize;
    Photo {
        id,
        tenant: studio.slug.to_owned(),
        album: shot.album.to_owned(),
        title: shot.title.to_owned(),
        place: shot.place.to_owned(),
        camera: CAMERAS[seed % CAMERAS.len()].to_owned(),
        taken: format!("2026-{:02}-{:02}", 1 + seed % 9, 1 + (seed * 7) % 28),
        file: format!("IMG_{}.jpg", 2000 + id * 37),
        private: shot.private,
        likes: (seed as u32 * 13) % 180 + 4,
        latitude: shot.position.0,
        longitude: shot.position.1,
        aspect: shot.aspect,
        picture: Picture::Painted(Subject {
            motif: shot.motif,
            seed: shot.seed,
            aspect: shot.aspect,
        }),
    }
}

pub(crate) fn comments() -> Vec<Comment> {
    [
        (
            1,
            "Noor Haddad",
            "The light on the second ridge! Was this before or after the storm?",
            "2 days ago",
        ),
        (
            1,
            "Elin S.",
            "We would love this one at 100 × 70 for the hallway.",
            "yesterday",
        ),
        (
            3,
            "Jonas Berg",
            "Straight out of the camera, I swear.",
            "3 days ago",
        ),
        (
            5,
            "Petra",
            "Hung it above the desk. Thank you both.",
            "last week",
        ),
        (
            20,
            "Mia Castell",
            "Five minutes after this the fog swallowed everything.",
            "4 hours ago",
        ),
        (
            22,
            "Tomas",
            "My grandfather kept that light for eleven years.",
            "yesterday",
        ),
    ]
    .map(|(photo, author, body, when)| Comment {
        photo,
        author: author.to_owned(),
        body: body.to_owned(),
        when: when.to_owned(),
    })
    .into()
}
