/* A disk that misbehaves on command, for LD_PRELOAD.
 *
 * It looks at what a program does to files whose path contains $DISK_WATCH. The page that $DISK_CONTROL names says
 * what happens: the call on which to fail and how, or how long each fsync takes. What was done is written
 * to $DISK_JOURNAL, in order, so that a power cut at any moment can be played afterwards.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct control {
    int64_t countdown;    /* fail the call that brings this to 0; not counting at 0 */
    int64_t error;        /* with this errno */
    int64_t fired;        /* how many calls have failed */
    int64_t fsync_delay_ms;
};

struct entry {
    char operation; /* 'w' write, 't' truncate, 's' sync */
    char name[63];
    int64_t offset;
    int64_t length; /* bytes that follow, for a write */
};

static volatile struct control *control;
static int journal = -1;
static const char *watch;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);

__attribute__((constructor)) static void begin(void)
{
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_write = dlsym(RTLD_NEXT, "write");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    watch = getenv("DISK_WATCH");
    const char *path = getenv("DISK_CONTROL");
    if (path) {
        int file = open(path, O_RDWR);
        if (file >= 0) {
            void *page = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            if (page != MAP_FAILED)
                control = page;
            close(file);
        }
    }
    path = getenv("DISK_JOURNAL");
    if (path)
        journal = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
}

/* Whether the descriptor is a watched file; its last path component goes to name. */
static int watched(int fd, char name[63])
{
    char link[64], path[4096];
    if (!watch || fd == journal)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return 0;
    path[length] = 0;
    if (!strstr(path, watch))
        return 0;
    const char *slash = strrchr(path, '/');
    memset(name, 0, 63);
    snprintf(name, 63, "%.62s", slash ? slash + 1 : path);
    return 1;
}

static int fails(void)
{
    if (!control || control->countdown <= 0 || --control->countdown > 0)
        return 0;
    control->fired++;
    errno = (int)control->error;
    return 1;
}

static void note(char operation, const char *name, int64_t offset, const void *data, int64_t length)
{
    if (journal < 0)
        return;
    struct entry entry = {.operation = operation, .offset = offset, .length = length};
    memcpy(entry.name, name, 63);
    real_write(journal, &entry, sizeof entry);
    if (data)
        real_write(journal, data, length);
}

static ssize_t write_at(int fd, const void *data, size_t length, off_t offset, int append)
{
    char name[63];
    if (!watched(fd, name))
        return append ? real_write(fd, data, length) : real_pwrite(fd, data, length, offset);
    pthread_mutex_lock(&lock);
    ssize_t done = -1;
    if (!fails()) {
        if (append)
            offset = lseek(fd, 0, SEEK_CUR);
        note('w', name, offset, data, length);
        done = append ? real_write(fd, data, length) : real_pwrite(fd, data, length, offset);
    }
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off_t offset)
{
    return write_at(fd, data, length, offset, 0);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset)
{
    return write_at(fd, data, length, offset, 0);
}

ssize_t write(int fd, const void *data, size_t length)
{
    return write_at(fd, data, length, 0, 1);
}

static int sync_file(int fd, int (*real)(int))
{
    char name[63];
    if (!watched(fd, name))
        return real(fd);
    if (control && control->fsync_delay_ms > 0) {
        struct timespec delay = {control->fsync_delay_ms / 1000, control->fsync_delay_ms % 1000 * 1000000};
        nanosleep(&delay, NULL);
    }
    pthread_mutex_lock(&lock);
    int result = -1;
    if (!fails()) {
        result = real(fd);
        note('s', name, 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int fd)
{
    return sync_file(fd, real_fsync);
}

int fdatasync(int fd)
{
    return sync_file(fd, real_fdatasync);
}

static int cut(int fd, off_t length)
{
    char name[63];
    if (!watched(fd, name))
        return real_ftruncate(fd, length);
    pthread_mutex_lock(&lock);
    int result = -1;
    if (!fails()) {
        note('t', name, length, NULL, 0);
        result = real_ftruncate(fd, length);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate64(int fd, off_t length)
{
    return cut(fd, length);
}

int ftruncate(int fd, off_t length)
{
    return cut(fd, length);
}
