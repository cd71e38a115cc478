/*
 * Preloaded into the program, this lets the n-th operation that changes files under a folder fail, or ends the process there.
 *
 *   FAULT_UNDER   the folder          FAULT_AT    n, from 1          FAULT_LOG   a file that appears when it happens
 *   FAULT_KIND    EIO, ENOSPC, short (half of a write), before or after (SIGKILL on either side of the operation), or unsynced:
 *                 every fsync is left out
 *
 * The program may set them anew while it runs; under another folder it counts from 1 again.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long count;

static int under(const char *path) {
  const char *folder = getenv("FAULT_UNDER");
  return folder && *folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int under_descriptor(int descriptor) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return under(path);
}

/* 0: go on. 1: fail with errno. 2: half of it. 3: end after it. */
static int fault(void) {
  static char counted[PATH_MAX];
  const char *kind = getenv("FAULT_KIND"), *at = getenv("FAULT_AT"), *folder = getenv("FAULT_UNDER");
  if (strcmp(folder, counted) != 0) {
    snprintf(counted, sizeof counted, "%s", folder);
    count = 0;
  }
  if (__sync_add_and_fetch(&count, 1) != (at ? atol(at) : 0)) return 0;
  const char *log = getenv("FAULT_LOG");
  if (log) {
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    close(real(log, O_WRONLY | O_CREAT, 0600));
  }
  if (strcmp(kind, "before") == 0) raise(SIGKILL);
  if (strcmp(kind, "after") == 0) return 3;
  if (strcmp(kind, "short") == 0) return 2;
  errno = strcmp(kind, "EIO") == 0 ? EIO : ENOSPC;
  return 1;
}

#define CALL(name, matters, real_call)        \
  do {                                        \
    int what = (matters) ? fault() : 0;       \
    if (what == 1) return -1;                 \
    __typeof__(real_call) result = real_call; \
    if (what == 3) raise(SIGKILL);            \
    return result;                            \
  } while (0)

ssize_t write(int fd, const void *data, size_t size) {
  ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  int what = under_descriptor(fd) ? fault() : 0;
  if (what == 1) return -1;
  ssize_t result = real(fd, data, what == 2 ? (size + 1) / 2 : size);
  if (what == 3) raise(SIGKILL);
  return result;
}

static int open_any(const char *symbol, const char *path, int flags, int mode) {
  int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, symbol);
  CALL(open, (flags & (O_CREAT | O_WRONLY | O_RDWR)) && under(path), real(path, flags, mode));
}

#define OPEN(name)                              \
  int name(const char *path, int flags, ...) {  \
    va_list rest;                               \
    va_start(rest, flags);                      \
    int mode = va_arg(rest, int);               \
    va_end(rest);                               \
    return open_any(#name, path, flags, mode);  \
  }
OPEN(open)
OPEN(open64)

int fsync(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  const char *kind = getenv("FAULT_KIND");
  if (kind && strcmp(kind, "unsynced") == 0) return 0;
  CALL(fsync, under_descriptor(fd), real(fd));
}
int rename(const char *from, const char *to) {
  int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
  CALL(rename, under(to), real(from, to));
}
int link(const char *from, const char *to) {
  int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "link");
  CALL(link, under(to), real(from, to));
}
int unlink(const char *path) {
  int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
  CALL(unlink, under(path), real(path));
}
int mkdir(const char *path, mode_t mode) {
  int (*real)(const char *, mode_t) = dlsym(RTLD_NEXT, "mkdir");
  CALL(mkdir, under(path), real(path, mode));
}
