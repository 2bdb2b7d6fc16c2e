//! The data, in memory, seeded at every start.

use bytes::Bytes;
use serde::Serialize;

use crate::art::Subject;
use crate::billing::Ledger;
use crate::seed;

/// Comments kept in all; the oldest give way.
const COMMENTS_MAX: usize = 500;
/// Uploads kept in all; the oldest give way.
const UPLOADS_MAX: usize = 64;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Photo {
    pub(crate) id: u32,
    pub(crate) tenant: String,
    pub(crate) album: String,
    pub(crate) title: String,
    pub(crate) place: String,
    pub(crate) camera: String,
    pub(crate) taken: String,
    pub(crate) file: String,
    pub(crate) private: bool,
    pub(crate) likes: u32,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    /// Width divided by height.
    pub(crate) aspect: f32,
    #[serde(skip)]
    pub(crate) picture: Picture,
}

#[derive(Clone, Debug)]
pub(crate) enum Picture {
    Painted(Subject),
    Uploaded { content_type: String, bytes: Bytes },
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Comment {
    pub(crate) photo: u32,
    pub(crate) author: String,
    pub(crate) body: String,
    pub(crate) when: String,
}

pub(crate) struct Records {
    pub(crate) photos: Vec<Photo>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) ledger: Ledger,
    next_photo: u32,
}

impl Records {
    pub(crate) fn seeded() -> Self {
        let photos = seed::photos();
        let next_photo = photos.iter().map(|photo| photo.id).max().unwrap_or(0) + 1;
        Self {
            photos,
            comments: seed::comments(),
            ledger: Ledger::seeded(),
            next_photo,
        }
    }

    pub(crate) fn photo(&self, id: u32) -> Option<&Photo> {
        self.photos.iter().find(|photo| photo.id == id)
    }

    pub(crate) fn photo_by_file(&self, tenant: &str, file: &str) -> Option<&Photo> {
        self.photos
            .iter()
            .find(|photo| photo.tenant == tenant && photo.file == file)
    }

    /// What visitors of a studio see, newest first.
    pub(crate) fn public_photos(&self, tenant: &str) -> Vec<Photo> {
        let shown = |photo: &&Photo| photo.tenant == tenant && !photo.private;
        self.photos.iter().rev().filter(shown).cloned().collect()
    }

    pub(crate) fn like(&mut self, id: u32) -> Option<u32> {
        let photo = self.photos.iter_mut().find(|photo| photo.id == id)?;
        photo.likes = photo.likes.saturating_add(1);
        Some(photo.likes)
    }

    pub(crate) fn delete_photo(&mut self, id: u32) -> bool {
        let before = self.photos.len();
        self.photos.retain(|photo| photo.id != id);
        self.photos.len() < before
    }

    pub(crate) fn comments_on(&self, photo: u32) -> Vec<Comment> {
        self.comments
            .iter()
            .filter(|comment| comment.photo == photo)
            .cloned()
            .collect()
    }

    pub(crate) fn add_comment(&mut self, comment: Comment) {
        if self.comments.len() >= COMMENTS_MAX {
            self.comments.remove(0);
        }
        self.comments.push(comment);
    }

    /// Adds an upload and returns its number.
    pub(crate) fn add_upload(&mut self, mut photo: Photo) -> u32 {
        let uploaded = |photo: &Photo| matches!(photo.picture, Picture::Uploaded { .. });
        if self.photos.iter().filter(|photo| uploaded(photo)).count() >= UPLOADS_MAX
            && let Some(oldest) = self.photos.iter().position(uploaded)
        {
            self.photos.remove(oldest);
        }
        photo.id = self.next_photo;
        self.next_photo += 1;
        let id = photo.id;
        self.photos.push(photo);
        id
    }
}
