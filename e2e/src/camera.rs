//! A camera made of a file: what Chromium films instead of the room.

use crate::picture::Picture;
use std::path::{Path, PathBuf};

const WIDTH: usize = 640;
const HEIGHT: usize = 480;
const FRAMES_A_SECOND: usize = 5;
/// Seconds that something is shown, and then taken away: longer than a code counts as still in
/// sight, and than an admission stays on the screen.
const SHOWN: usize = 3;
const AWAY: usize = 4;
/// Frames that somebody in a hurry is seen in.
const QUICKLY: usize = 2;

/// The camera of one browser. It films the file anew whenever a page opens it.
#[derive(Debug)]
pub struct Camera {
    file: PathBuf,
}

impl Camera {
    /// A camera that films an empty wall.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let camera = Self {
            file: folder.join("camera.y4m"),
        };
        camera.film(&[])?;
        Ok(camera)
    }

    /// Where the film lies.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Holds these before the camera, one after another and again, with pauses.
    pub fn film(&self, pictures: &[&Picture]) -> anyhow::Result<()> {
        self.shoot(pictures, SHOWN * FRAMES_A_SECOND, AWAY * FRAMES_A_SECOND)
    }

    /// Holds these before the camera as a hurried queue does: each for less than half a second, nothing between them.
    pub fn film_quickly(&self, pictures: &[&Picture]) -> anyhow::Result<()> {
        self.shoot(pictures, QUICKLY, 0)
    }

    fn shoot(&self, pictures: &[&Picture], shown: usize, away: usize) -> anyhow::Result<()> {
        let wall = Picture::plain(WIDTH, HEIGHT, 160);
        let mut film =
            format!("YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_A_SECOND}:1 Ip A1:1\n").into_bytes();
        for picture in pictures {
            let mut scene = wall.clone();
            scene.place(picture, 40);
            shoot(&mut film, &scene, shown);
            shoot(&mut film, &wall, away);
        }
        if pictures.is_empty() {
            shoot(&mut film, &wall, 1);
        }
        Ok(std::fs::write(&self.file, film)?)
    }
}

fn shoot(film: &mut Vec<u8>, scene: &Picture, frames: usize) {
    for _ in 0..frames {
        film.extend(b"FRAME\n");
        film.extend(&scene.luma);
        film.resize(film.len() + scene.luma.len() / 2, 128);
    }
}
