/* Stands between SQLite and libc (LD_PRELOAD) and makes the disk of one folder misbehave.
 *
 * What it does is one line of the file that FAULT_CONTROL names, read at every call:
 *     pass                     nothing
 *     hold-sync <suffix>       a sync of a file with this ending waits until the line changes
 *     fail-sync <suffix>       it fails with EIO, and nothing is synced
 *     full                     a write that would grow a file fails with ENOSPC
 * What it sees it says on standard output, where the program writes its acknowledgements too, so
 * that their order is the order in which they happened.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static ssize_t (*libc_write)(int, const void *, size_t);
static ssize_t (*libc_pwrite)(int, const void *, size_t, off_t);
static int (*libc_fsync)(int);
static int (*libc_fdatasync)(int);

__attribute__((constructor)) static void find_libc(void) {
    libc_write = dlsym(RTLD_NEXT, "write");
    libc_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    libc_fsync = dlsym(RTLD_NEXT, "fsync");
    libc_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
}

/* The name of the file within the folder, or NULL for any other file. */
static const char *ours(int fd, char *path, size_t size) {
    char link[64];
    const char *folder = getenv("FAULT_FOLDER");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (folder == NULL || length < 0) return NULL;
    path[length] = '\0';
    size_t prefix = strlen(folder);
    if (strncmp(path, folder, prefix) != 0 || path[prefix] != '/') return NULL;
    return path + prefix + 1;
}

/* The fault of this moment, and the suffix it is for. */
static void fault(char *kind, char *suffix) {
    strcpy(kind, "pass");
    suffix[0] = '\0';
    const char *control = getenv("FAULT_CONTROL");
    FILE *file = control == NULL ? NULL : fopen(control, "re");
    if (file == NULL) return;
    if (fscanf(file, "%31s %63s", kind, suffix) < 1) strcpy(kind, "pass");
    fclose(file);
}

static int is(const char *name, const char *wanted) {
    char found[32], suffix[64];
    fault(found, suffix);
    size_t name_length = strlen(name), suffix_length = strlen(suffix);
    return strcmp(found, wanted) == 0 && name_length >= suffix_length &&
           strcmp(name + name_length - suffix_length, suffix) == 0;
}

static void say(const char *what, const char *name) {
    char line[256];
    int length = snprintf(line, sizeof line, "%s %s\n", what, name);
    if (length > 0) libc_write(STDOUT_FILENO, line, (size_t)length);
}

static int sync_or_fail(int fd, int (*libc_sync)(int)) {
    char path[512];
    const char *name = ours(fd, path, sizeof path);
    if (name == NULL) return libc_sync(fd);
    if (is(name, "fail-sync")) {
        say("sync-failed", name);
        errno = EIO;
        return -1;
    }
    if (is(name, "hold-sync")) {
        say("sync-held", name);
        struct timespec moment = {0, 1000000};
        while (is(name, "hold-sync")) nanosleep(&moment, NULL);
    }
    int result = libc_sync(fd);
    if (result == 0) say("synced", name);
    return result;
}

int fsync(int fd) { return sync_or_fail(fd, libc_fsync); }
int fdatasync(int fd) { return sync_or_fail(fd, libc_fdatasync); }

/* As a full disk has it: what is there can be overwritten, and nothing can be added. */
static int refuses(int fd, off_t end) {
    char path[512];
    struct stat file;
    const char *name = ours(fd, path, sizeof path);
    if (name == NULL || !is(name, "full")) return 0;
    if (fstat(fd, &file) == 0 && end <= file.st_size) return 0;
    errno = ENOSPC;
    return 1;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    off_t at = lseek(fd, 0, SEEK_CUR);
    if (at >= 0 && refuses(fd, at + (off_t)count)) return -1;
    return libc_write(fd, bytes, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
    if (refuses(fd, at + (off_t)count)) return -1;
    return libc_pwrite(fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return pwrite64(fd, bytes, count, at);
}
