/* seccomp: the system calls that a process may use. https://docs.kernel.org/userspace-api/seccomp_filter.html */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>

struct call_list {
	const char *name;
	/* What happens to every other call: the process is killed, or the call fails with EPERM. */
	uint32_t otherwise;
	const int *calls;
	size_t count;
};

/* What the static ffmpeg of the audio layer uses, and glibc in it. */
#define AUDIO_CALLS                                                                                                    \
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_close, SYS_fstat, SYS_newfstatat,       \
		SYS_lseek, SYS_fcntl, SYS_poll, SYS_ppoll, SYS_select, SYS_pselect6, SYS_mmap, SYS_munmap,          \
		SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_futex, SYS_set_robust_list,                     \
		SYS_set_tid_address, SYS_rseq, SYS_sched_yield, SYS_sched_getaffinity, SYS_getpid, SYS_gettid,                 \
		SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_restart_syscall,                  \
		SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_time,           \
		SYS_getrusage, SYS_times, SYS_sysinfo, SYS_uname, SYS_getrandom, SYS_arch_prctl, SYS_execve, SYS_exit,         \
		SYS_exit_group

/*
 * Also what dynamic linking, fonts, files and other builds of ffmpeg use. Not what Landlock leaves open to a process of
 * the same user: modes, owners and times of files, priorities, new processes.
 */
#define MORE_CALLS                                                                                                     \
	SYS_access, SYS_faccessat, SYS_faccessat2, SYS_stat, SYS_lstat, SYS_statx, SYS_statfs, SYS_fstatfs, SYS_getdents,  \
		SYS_getdents64, SYS_getcwd, SYS_chdir, SYS_readlinkat, SYS_dup, SYS_dup2, SYS_dup3, SYS_pipe, SYS_pipe2,       \
		SYS_eventfd2, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_wait, SYS_epoll_pwait, SYS_flock, SYS_fsync,         \
		SYS_fdatasync, SYS_ftruncate, SYS_fallocate, SYS_fadvise64, SYS_rename, SYS_renameat, SYS_renameat2,           \
		SYS_unlink, SYS_unlinkat, SYS_mkdir, SYS_mkdirat, SYS_rmdir, SYS_umask, SYS_preadv, SYS_pwritev,               \
		SYS_copy_file_range, SYS_mincore, SYS_msync, SYS_mlock, SYS_munlock, SYS_mbind, SYS_get_mempolicy,             \
		SYS_set_mempolicy, SYS_membarrier, SYS_sched_getscheduler, SYS_sched_getparam, SYS_sched_get_priority_max,     \
		SYS_sched_get_priority_min, SYS_getpriority, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getppid,    \
		SYS_getgroups, SYS_get_robust_list, SYS_rt_sigpending, SYS_rt_sigtimedwait, SYS_rt_sigsuspend, SYS_pause,      \
		SYS_alarm, SYS_setitimer, SYS_getitimer, SYS_timerfd_create, SYS_timerfd_settime, SYS_getcpu

static const int AUDIO[] = {AUDIO_CALLS};
static const int FULL[] = {AUDIO_CALLS, MORE_CALLS};

static const struct call_list LISTS[] = {
	{"audio", SECCOMP_RET_KILL_PROCESS, AUDIO, sizeof AUDIO / sizeof *AUDIO},
	{"full", SECCOMP_RET_ERRNO | EPERM, FULL, sizeof FULL / sizeof *FULL},
};

/* Returns NULL for `all`. */
static const struct call_list *find_call_list(const char *name) {
	for (size_t index = 0; index < sizeof LISTS / sizeof *LISTS; index++)
		if (strcmp(LISTS[index].name, name) == 0) return &LISTS[index];
	if (strcmp(name, "all") == 0) return NULL;
	fprintf(stderr, "ffmpeg-launcher: no list of system calls %s\n", name);
	_exit(126);
}

static bool can_filter_calls(void) {
	uint32_t action = SECCOMP_RET_KILL_PROCESS;
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* Set in the numbers of the system calls of the x32 interface. */
#define X32_CALL 0x40000000

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_ARGUMENT(index) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[index]))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define REFUSE(error) (SECCOMP_RET_ERRNO | (error))
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
/* When the loaded value equals `value`, does the next `count` statements; else skips them. */
#define WHEN(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count)

#define MOST_STATEMENTS 512

static int filter_calls(const struct call_list *list, bool no_open) {
	static struct sock_filter program[MOST_STATEMENTS];
	unsigned short length = 0;
#define ADD(...)                                                                                                       \
	do {                                                                                                               \
		const struct sock_filter statements[] = {__VA_ARGS__};                                                         \
		memcpy(program + length, statements, sizeof statements);                                                       \
		length += sizeof statements / sizeof *statements;                                                              \
	} while (0)

	ADD(LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0), RETURN(SECCOMP_RET_KILL_PROCESS));
	ADD(LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_CALL, 0, 1), RETURN(SECCOMP_RET_KILL_PROCESS));
	for (size_t index = 0; index < list->count; index++)
		ADD(WHEN(list->calls[index], 1), ALLOW);
	/* Its flags are in memory, which a filter cannot read. The C library uses clone instead. */
	ADD(WHEN(SYS_clone3, 1), RETURN(REFUSE(ENOSYS)));
	ADD(WHEN(SYS_clone, 4), LOAD_ARGUMENT(0), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1), ALLOW,
	    RETURN(REFUSE(EPERM)));
	const uint32_t opens = no_open ? REFUSE(EACCES) : SECCOMP_RET_ALLOW;
	ADD(WHEN(SYS_open, 1), RETURN(opens), WHEN(SYS_openat, 1), RETURN(opens), WHEN(SYS_readlink, 1), RETURN(opens));
	/* Of a terminal, only whether it is one: other requests can type into it. */
	ADD(WHEN(SYS_ioctl, 6), LOAD_ARGUMENT(1), WHEN(TCGETS, 1), ALLOW, WHEN(FIONREAD, 1), ALLOW, RETURN(REFUSE(ENOTTY)));
	/* A process may signal and limit itself alone. */
	ADD(WHEN(SYS_tgkill, 4), LOAD_ARGUMENT(0), WHEN((uint32_t)getpid(), 1), ALLOW, RETURN(REFUSE(EPERM)));
	ADD(WHEN(SYS_prlimit64, 4), LOAD_ARGUMENT(0), WHEN(0, 1), ALLOW, RETURN(REFUSE(EPERM)));
	ADD(WHEN(SYS_prctl, 4), LOAD_ARGUMENT(0), WHEN(PR_SET_NAME, 1), ALLOW, RETURN(REFUSE(EPERM)));
	ADD(RETURN(list->otherwise));

	struct sock_fprog filter = {length, program};
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}
