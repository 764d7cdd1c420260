//! A disk in memory that does as it is told: for logs that are changed in
//! thousands of ways, each verified in microseconds.

#![allow(dead_code, reason = "every test uses its own part")]

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use signet::log::disk::{Disk, DiskFile, Opening, Stat};

type Content = Arc<Mutex<Vec<u8>>>;

#[derive(Debug, Default)]
struct Names {
    files: BTreeMap<String, (u64, Content)>,
    folders: BTreeSet<String>,
    made: u64,
}

/// The disk. A clone is the same disk.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk(Arc<Mutex<Names>>);

#[derive(Debug)]
struct MemoryFile {
    inode: u64,
    content: Content,
}

impl MemoryDisk {
    /// Another disk with the same files.
    pub fn copy(&self) -> MemoryDisk {
        let names = self.0.lock().unwrap();
        let files = names.files.iter().map(|(name, (inode, content))| {
            let content = content.lock().unwrap().clone();
            (name.clone(), (*inode, Arc::new(Mutex::new(content))))
        });
        MemoryDisk(Arc::new(Mutex::new(Names {
            files: files.collect(),
            folders: names.folders.clone(),
            made: names.made,
        })))
    }

    /// The content of a file.
    pub fn read(&self, path: &str) -> Vec<u8> {
        let names = self.0.lock().unwrap();
        let (_, content) = &names.files[path];
        content.lock().unwrap().clone()
    }

    /// Gives a file this content; makes it when it is not there.
    pub fn write(&self, path: &str, bytes: &[u8]) {
        let mut names = self.0.lock().unwrap();
        if let Some((_, content)) = names.files.get(path) {
            let mut content = content.lock().unwrap();
            content.clear();
            content.extend_from_slice(bytes);
            return;
        }
        names.made += 1;
        let inode = names.made;
        let content = Arc::new(Mutex::new(bytes.to_vec()));
        names.files.insert(path.to_owned(), (inode, content));
    }

    /// Changes a file where it is.
    pub fn edit(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let names = self.0.lock().unwrap();
        let (_, content) = &names.files[path];
        change(&mut content.lock().unwrap());
    }

    /// Every file's name.
    pub fn files(&self) -> Vec<String> {
        self.0.lock().unwrap().files.keys().cloned().collect()
    }

    /// Removes a folder with all that is in it, or a file.
    pub fn remove_all(&self, path: &str) {
        let mut names = self.0.lock().unwrap();
        let inside = format!("{path}/");
        let gone = |name: &String| name == path || name.starts_with(&inside);
        names.files.retain(|name, _| !gone(name));
        names.folders.retain(|name| !gone(name));
    }
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Disk for MemoryDisk {
    fn make_folder(&self, path: &str) -> io::Result<()> {
        self.0.lock().unwrap().folders.insert(path.to_owned());
        Ok(())
    }

    fn open(&self, path: &str, how: Opening) -> io::Result<Box<dyn DiskFile>> {
        let mut names = self.0.lock().unwrap();
        if let Some((inode, content)) = names.files.get(path) {
            if how == Opening::CreateNew {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            let (inode, content) = (*inode, Arc::clone(content));
            return Ok(Box::new(MemoryFile { inode, content }));
        }
        if matches!(how, Opening::Read | Opening::Append) {
            return Err(not_found());
        }
        names.made += 1;
        let inode = names.made;
        let content = Content::default();
        names
            .files
            .insert(path.to_owned(), (inode, Arc::clone(&content)));
        Ok(Box::new(MemoryFile { inode, content }))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let names = self.0.lock().unwrap();
        if !folder.is_empty() && !names.folders.contains(folder) {
            return Err(not_found());
        }
        let all = names.files.keys().chain(&names.folders);
        let inside = all.filter_map(|path| match folder {
            "" => Some(path.as_str()),
            _ => path.strip_prefix(folder)?.strip_prefix('/'),
        });
        let direct = inside.filter(|name| !name.is_empty() && !name.contains('/'));
        Ok(direct.map(str::to_owned).collect())
    }

    fn stat(&self, path: &str) -> io::Result<Stat> {
        let names = self.0.lock().unwrap();
        if path.is_empty() || names.folders.contains(path) {
            let modified = i128::from(names.made);
            return Ok(Stat {
                id: (2, 0),
                len: 0,
                modified,
            });
        }
        let (inode, content) = names.files.get(path).ok_or_else(not_found)?;
        let len = content.lock().unwrap().len() as u64;
        Ok(Stat {
            id: (1, *inode),
            len,
            modified: 0,
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut names = self.0.lock().unwrap();
        let file = names.files.remove(from).ok_or_else(not_found)?;
        names.files.insert(to.to_owned(), file);
        names.made += 1;
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let mut names = self.0.lock().unwrap();
        names.made += 1;
        let removed = names.files.remove(path);
        removed.map(drop).ok_or_else(not_found)
    }

    fn sync_folder(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn name_of(&self, path: &str) -> PathBuf {
        path.into()
    }

    fn now_millis(&self) -> i64 {
        0
    }
}

impl DiskFile for MemoryFile {
    fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        self.content.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let content = self.content.lock().unwrap();
        let start = content.len().min(offset as usize);
        let count = buffer.len().min(content.len() - start);
        buffer[..count].copy_from_slice(&content[start..start + count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut content = self.content.lock().unwrap();
        let end = offset as usize + bytes.len();
        if content.len() < end {
            content.resize(end, 0);
        }
        content[offset as usize..end].copy_from_slice(bytes);
        Ok(())
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.content.lock().unwrap().resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn stat(&self) -> io::Result<Stat> {
        let len = self.content.lock().unwrap().len() as u64;
        Ok(Stat {
            id: (1, self.inode),
            len,
            modified: 0,
        })
    }

    fn try_lock(&self) -> io::Result<bool> {
        Ok(true)
    }

    fn unlock(&self) -> io::Result<()> {
        Ok(())
    }

    fn set_modified(&self, _: i64) -> io::Result<()> {
        Ok(())
    }
}
