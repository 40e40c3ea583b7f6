/*
 * Starts a program with fewer rights and then replaces itself with it, so the process id stays the same:
 *
 *   ffmpeg-launcher --owner PID [OPTION]... -- PROGRAM [ARGUMENT]...
 *   ffmpeg-launcher --wait --owner PID
 *   ffmpeg-launcher --report
 *
 *   --owner PID      the process that must outlive the program: when the thread that started it ends, the kernel kills it
 *   --memory BYTES   limit of the data segment
 *   --cpu SECONDS    limit of CPU time
 *   --calls LIST     the system calls that are allowed: `audio`, `full`, or `all` (the default)
 *   --files          restrict files to the program, /dev/null, /dev/urandom, and those named by --read and --write; and
 *                    take away TCP, and signals and abstract sockets to other processes
 *   --read PATH      a file, or a folder with everything below it, that may be read and executed
 *   --write PATH     a folder in which files may be made
 *   --no-open        refuse to open files, for a kernel that cannot restrict them
 *   --namespaces     use new user, network and IPC namespaces
 *   --keep-user      stay root, without root's capabilities; otherwise root becomes `nobody`, if that user can run the
 *                    program
 *
 * With --wait it is started before its command is known. It reads the command from the descriptor of the program's input:
 * the number of bytes that follow (32 bits, little endian), then each argument as above with a NUL byte. What comes after
 * that is the program's input.
 *
 * The environment is cleared, core dumps are off, and no rights can be gained, for example by a set-user-ID program.
 * Exit codes: 125 the owner has ended, 126 a restriction cannot be set, 127 the program cannot be run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "files.h"
#include "system-calls.h"

enum { OWNER_ENDED = 125, NOT_CONFINED = 126, NOT_RUN = 127 };

/* The user `nobody` of Debian and most others. */
#define NOBODY 65534

/* The descriptor of the program's input. */
#define INPUT 3

struct options {
	long owner;
	rlim_t memory, cpu;
	const struct call_list *calls;
	bool files, no_open, namespaces, keep_user;
};

static void fail(int code, const char *what) {
	dprintf(STDERR_FILENO, "ffmpeg-launcher: %s: %s\n", what, strerror(errno));
	_exit(code);
}

/* An existing lower limit stays. */
static void limit(int resource, rlim_t wanted, rlim_t most) {
	struct rlimit had;
	if (getrlimit(resource, &had) != 0) fail(NOT_CONFINED, "getrlimit");
	struct rlimit now = {wanted < had.rlim_cur ? wanted : had.rlim_cur, most < had.rlim_max ? most : had.rlim_max};
	if (setrlimit(resource, &now) != 0) fail(NOT_CONFINED, "setrlimit");
}

/* The signal is armed first, then the owner is checked: it may have ended before. A change of user disarms it. */
static void die_with(long owner) {
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(NOT_CONFINED, "parent-death signal");
	if (getppid() != owner) _exit(OWNER_ENDED);
}

/* A file without a name can only be reached by its descriptor, so any user may read it by that. */
static void share_unlinked_input(void) {
	struct stat input;
	if (fstat(INPUT, &input) == 0 && S_ISREG(input.st_mode) && input.st_nlink == 0) fchmod(INPUT, input.st_mode | 0444);
}

static bool nobody_can_run(const char *program) {
	if (setegid(NOBODY) != 0 || seteuid(NOBODY) != 0) return false;
	bool can = faccessat(AT_FDCWD, program, X_OK, AT_EACCESS) == 0;
	if (seteuid(0) != 0 || setegid(0) != 0) fail(NOT_CONFINED, "seteuid");
	return can;
}

static void give_up_root(const char *program, bool keep_user) {
	if (geteuid() != 0) return;
	if (!keep_user && nobody_can_run(program)) {
		share_unlinked_input();
		if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0)
			fail(NOT_CONFINED, "setresuid");
		return;
	}
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[2] = {{0}};
	prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED);
	if (syscall(SYS_capset, &header, none) != 0) fail(NOT_CONFINED, "capset");
}

/* The owner closes the descriptor when it needs no program any more. */
static void read_command(char *to, size_t length) {
	while (length > 0) {
		ssize_t got = read(INPUT, to, length);
		if (got <= 0) _exit(OWNER_ENDED);
		to += got;
		length -= (size_t)got;
	}
}

#define LONGEST_COMMAND 65536
#define MOST_ARGUMENTS 512

/* Returns the number of arguments; the first one is left for the name of the launcher. */
static int wait_for_command(char **argv) {
	static char command[LONGEST_COMMAND];
	uint32_t length;
	read_command((char *)&length, sizeof length);
	if (length == 0 || length > sizeof command) fail(NOT_CONFINED, "length of the command");
	read_command(command, length);
	if (command[length - 1] != '\0') fail(NOT_CONFINED, "end of the command");
	int argc = 1;
	for (char *at = command; at < command + length; at += strlen(at) + 1) {
		if (argc == MOST_ARGUMENTS) fail(NOT_CONFINED, "number of arguments");
		argv[argc++] = at;
	}
	argv[argc] = NULL;
	return argc;
}

static int report(void) {
	printf("landlock %d\nseccomp %d\n", landlock_version(), can_filter_calls());
	return 0;
}

/* Reads the options; returns the index of the program. Paths are kept as rules of `files.h`. */
static int parse(int argc, char **argv, struct options *options) {
	int index = 1;
	for (; index < argc && strcmp(argv[index], "--") != 0; index++) {
		const char *name = argv[index];
		if (strcmp(name, "--files") == 0) options->files = true;
		else if (strcmp(name, "--no-open") == 0) options->no_open = true;
		else if (strcmp(name, "--namespaces") == 0) options->namespaces = true;
		else if (strcmp(name, "--keep-user") == 0) options->keep_user = true;
		else if (index + 1 >= argc) break;
		else if (strcmp(name, "--owner") == 0) options->owner = atol(argv[++index]);
		else if (strcmp(name, "--memory") == 0) options->memory = strtoull(argv[++index], NULL, 10);
		else if (strcmp(name, "--cpu") == 0) options->cpu = strtoull(argv[++index], NULL, 10);
		else if (strcmp(name, "--calls") == 0) options->calls = find_call_list(argv[++index]);
		else if (strcmp(name, "--read") == 0) allow_path(argv[++index], READ_FILES);
		else if (strcmp(name, "--write") == 0) allow_path(argv[++index], WRITE_FILES);
		else break;
	}
	if (index + 1 >= argc || strcmp(argv[index], "--") != 0) {
		fprintf(stderr, "ffmpeg-launcher: wrong option %s\n", index < argc ? argv[index] : "");
		_exit(NOT_CONFINED);
	}
	return index + 1;
}

int main(int argc, char **argv) {
	static char *const environment[] = {"LC_ALL=C", NULL};
	if (argc == 2 && strcmp(argv[1], "--report") == 0) return report();

	static char *waited[MOST_ARGUMENTS + 1] = {"ffmpeg-launcher"};
	if (argc == 4 && strcmp(argv[1], "--wait") == 0 && strcmp(argv[2], "--owner") == 0) {
		die_with(atol(argv[3]));
		argc = wait_for_command(waited);
		argv = waited;
	}

	struct options options = {.memory = RLIM_INFINITY, .cpu = RLIM_INFINITY};
	int index = parse(argc, argv, &options);
	const char *program = argv[index];

	limit(RLIMIT_DATA, options.memory, options.memory);
	/* At the first limit the kernel sends SIGXCPU, at the second SIGKILL. */
	limit(RLIMIT_CPU, options.cpu, options.cpu == RLIM_INFINITY ? RLIM_INFINITY : options.cpu + 1);
	limit(RLIMIT_CORE, 0, 0);

	die_with(options.owner);
	if (options.namespaces && unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) != 0)
		fail(NOT_CONFINED, "namespaces");
	if (!options.namespaces) give_up_root(program, options.keep_user);
	die_with(options.owner);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(NOT_CONFINED, "no new privileges");
	if (options.files && restrict_files(program, INPUT) != 0) fail(NOT_CONFINED, "Landlock");
	if (options.calls != NULL && filter_calls(options.calls, options.no_open) != 0) fail(NOT_CONFINED, "seccomp");

	execve(program, argv + index, environment);
	fail(NOT_RUN, program);
}
