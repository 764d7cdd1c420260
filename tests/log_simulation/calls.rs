//! The calls that the log makes, on the simulated disk.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use signet::log::disk::{Disk, DiskFile, Opening, Stat};

use crate::disk::{Fault, SimDisk, World, died, parent};
use crate::file::SimFile;

impl Disk for SimDisk {
    fn make_folder(&self, path: &str) -> io::Result<()> {
        if self.alive()?.folders.contains_key(path) {
            return Ok(());
        }
        self.change("mkdir", path, |world| {
            let above = parent(path);
            if !world.folders.contains_key(above) {
                return Err(io::ErrorKind::NotFound.into());
            }
            world.folders.insert(path.to_owned(), false);
            Ok(())
        })?;
        // It is made and then synced, and may be killed in between.
        self.change("sync folder of", path, |world| {
            world.folders.insert(path.to_owned(), true);
            Ok(())
        })
    }

    fn open(&self, path: &str, how: Opening) -> io::Result<Box<dyn DiskFile>> {
        let existing = self.alive()?.names.get(path).copied();
        let inode = match (existing, how) {
            (Some(_), Opening::CreateNew) => return Err(io::ErrorKind::AlreadyExists.into()),
            (None, Opening::Read | Opening::Append) => return Err(io::ErrorKind::NotFound.into()),
            (Some(inode), _) => inode,
            (None, _) => self.change("create", path, |world| {
                if !world.folders.contains_key(parent(path)) {
                    return Err(io::ErrorKind::NotFound.into());
                }
                if world.space.is_some_and(|(bytes, _)| bytes == 0) && world.random.chance(50) {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                let modified = world.stamp();
                let mut file = SimFile::default();
                file.modified = modified;
                world.files.push(file);
                let inode = world.files.len() - 1;
                world.names.insert(path.to_owned(), inode);
                world.touch_folder(path);
                Ok(inode)
            })?,
        };
        let mut world = self.world();
        let handle = (u64::from(self.process) << 32) | world.next_handle;
        world.next_handle += 1;
        Ok(Box::new(SimHandle {
            disk: self.clone(),
            path: path.into(),
            inode,
            handle,
            failures_known: Mutex::new(world.files[inode].failures_known_at_opening()),
        }))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let world = self.alive()?;
        Ok(world
            .names
            .keys()
            .filter(|name| parent(name) == folder)
            .map(|name| name.rsplit('/').next().unwrap().to_owned())
            .collect())
    }

    fn stat(&self, path: &str) -> io::Result<Stat> {
        let world = self.alive()?;
        if let Some(inode) = world.names.get(path) {
            return Ok(world.files[*inode].stat(*inode));
        }
        if !world.folders.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Stat {
            id: (0, 0),
            len: 0,
            modified: world.folder_changed.get(path).copied().unwrap_or(0),
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.change("rename", to, |world| {
            let inode = world.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
            world.names.insert(to.to_owned(), inode);
            world.touch_folder(from);
            world.touch_folder(to);
            Ok(())
        })
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.change("remove", path, |world| {
            world.names.remove(path).ok_or(io::ErrorKind::NotFound)?;
            world.touch_folder(path);
            Ok(())
        })
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        let (mut guard, fault) = self.strike("sync folder", folder)?;
        let world = &mut *guard;
        world.syncs += 1;
        match fault {
            Some(Fault::Kill | Fault::PowerLoss) => return Err(died()),
            Some(Fault::SyncFails) => return Err(io::Error::other("sync of the folder failed")),
            Some(Fault::SyncLies) => {
                world.deceived_folders.insert(folder.to_owned());
                return Ok(());
            }
            _ => {}
        }
        world.deceived_folders.remove(folder);
        let names = &world.names;
        world
            .durable_names
            .retain(|name, _| parent(name) != folder || names.contains_key(name));
        for (name, inode) in names {
            if parent(name) == folder && world.durable_names.get(name) != Some(inode) {
                world.durable_names.insert(name.clone(), *inode);
            }
        }
        for (name, durable) in &mut world.folders {
            *durable |= parent(name) == folder;
        }
        Ok(())
    }

    fn name_of(&self, path: &str) -> PathBuf {
        PathBuf::from("/sim").join(path)
    }

    fn now_millis(&self) -> i64 {
        self.world().now_micros / 1000
    }
}

/// An open file.
#[derive(Debug)]
struct SimHandle {
    disk: SimDisk,
    path: Box<str>,
    inode: usize,
    handle: u64,
    failures_known: Mutex<u32>,
}

impl SimFile {
    fn stat(&self, inode: usize) -> Stat {
        Stat {
            id: (1, inode as u64),
            len: self.cached.len() as u64,
            modified: self.modified,
        }
    }
}

impl SimHandle {
    fn strike(&self, what: &str) -> io::Result<(MutexGuard<'_, World>, Option<Fault>)> {
        self.disk.strike(what, &self.path)
    }

    fn change<R>(
        &self,
        what: &str,
        effect: impl FnOnce(&mut World) -> io::Result<R>,
    ) -> io::Result<R> {
        self.disk.change(what, &self.path, effect)
    }

    fn write(&self, bytes: &[u8], offset: Option<u64>) -> io::Result<usize> {
        let what = match offset {
            Some(_) => "write",
            None => "append",
        };
        let (mut guard, mut fault) = self.strike(what)?;
        let world = &mut *guard;
        let mut count = bytes.len();
        if matches!(
            fault,
            Some(Fault::Kill | Fault::PowerLoss | Fault::ShortWrite)
        ) {
            count = world.random.below(bytes.len() as u64 + 1) as usize;
        }
        if offset.is_none()
            && let Some((len, killed)) = world.cut_next_write.take()
        {
            count = len.min(count);
            if killed {
                self.disk.kill(world);
                fault = Some(Fault::Kill);
            }
        }
        let modified = world.stamp();
        let file = &mut world.files[self.inode];
        let at = offset.map_or(file.cached.len(), |offset| offset as usize);
        if let Some((bytes, until)) = &mut world.space {
            // Bytes within the file have their place already.
            let inside = file.cached.len().saturating_sub(at);
            let fits = inside.saturating_add(*bytes as usize);
            if fits == 0 && count > 0 && world.operations < *until {
                return Err(io::ErrorKind::StorageFull.into());
            }
            if world.operations < *until {
                count = count.min(fits);
            }
            *bytes -= count.saturating_sub(inside).min(*bytes as usize) as u64;
        }
        file.write(at, &bytes[..count]);
        if count > 0 {
            file.modified = modified;
        }
        match fault {
            Some(Fault::Kill | Fault::PowerLoss) => Err(died()),
            Some(Fault::ShortWrite) if count == 0 => Err(io::ErrorKind::Interrupted.into()),
            _ => Ok(count),
        }
    }
}

impl DiskFile for SimHandle {
    fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes, None)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut world = self.disk.alive()?;
        let content = &world.files[self.inode].cached;
        let rest = content.get(offset as usize..).unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        world.read_bytes += count as u64;
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut written = 0;
        while written < bytes.len() {
            match self.write(&bytes[written..], Some(offset + written as u64)) {
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.change("truncate", |world| {
            let modified = world.stamp();
            let file = &mut world.files[self.inode];
            file.truncate(len as usize);
            file.modified = modified;
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        let (mut guard, fault) = self.strike("sync")?;
        let world = &mut *guard;
        world.syncs += 1;
        let file = &mut world.files[self.inode];
        match fault {
            Some(Fault::Kill | Fault::PowerLoss) => {
                if world.random.chance(50) {
                    file.write_some_back(&mut world.random);
                }
                return Err(died());
            }
            Some(Fault::SyncLies) => {
                file.deceive();
                return Ok(());
            }
            Some(Fault::SyncFails) => file.fail(&mut world.random),
            _ => file.sync(),
        }
        match file.tell_failure(&mut self.failures_known.lock().unwrap()) {
            true => Err(io::Error::other("sync failed")),
            false => Ok(()),
        }
    }

    fn stat(&self) -> io::Result<Stat> {
        Ok(self.disk.alive()?.files[self.inode].stat(self.inode))
    }

    fn try_lock(&self) -> io::Result<bool> {
        let mut world = self.disk.alive()?;
        let file = &mut world.files[self.inode];
        let free = file.locked_by.is_none_or(|by| by == self.handle);
        if free {
            file.locked_by = Some(self.handle);
        }
        Ok(free)
    }

    fn unlock(&self) -> io::Result<()> {
        let mut world = self.disk.world();
        let file = &mut world.files[self.inode];
        file.locked_by.take_if(|by| *by == self.handle);
        Ok(())
    }

    fn set_modified(&self, unix_millis: i64) -> io::Result<()> {
        self.change("touch", |world| {
            world.files[self.inode].modified = i128::from(unix_millis) * 1_000_000;
            Ok(())
        })
    }
}

impl Drop for SimHandle {
    fn drop(&mut self) {
        let _ = self.unlock();
    }
}
