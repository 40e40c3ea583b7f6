/* Landlock: the files that a process may reach. https://docs.kernel.org/userspace-api/landlock.html */
#include <linux/landlock.h>
#include <stdint.h>

/* Newer than the headers of Debian 12; a kernel that knows fewer is asked for fewer. */
#define ACCESS_TRUNCATE (1ULL << 14)
#define ACCESS_IOCTL_DEVICE (1ULL << 15)
#define NET_TCP ((1ULL << 0) | (1ULL << 1))
#define SCOPE_SIGNALS_AND_SOCKETS ((1ULL << 0) | (1ULL << 1))

struct ruleset {
	uint64_t files, net, scoped;
};

/* The rights of each version of Landlock: every right to files up to the last one that it knows. */
static const struct {
	int version;
	struct ruleset rules;
	size_t size;
} VERSIONS[] = {
	{6, {(1ULL << 16) - 1, NET_TCP, SCOPE_SIGNALS_AND_SOCKETS}, 24},
	{5, {(1ULL << 16) - 1, NET_TCP, 0}, 16},
	{4, {(1ULL << 15) - 1, NET_TCP, 0}, 16},
	{3, {(1ULL << 15) - 1, 0, 0}, 8},
	{2, {(1ULL << 14) - 1, 0, 0}, 8},
	{1, {(1ULL << 13) - 1, 0, 0}, 8},
};

enum access { READ_FILES, WRITE_FILES };

static const uint64_t FILE_RIGHTS =
	LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE | ACCESS_TRUNCATE;

static const uint64_t RIGHTS[] = {
	[READ_FILES] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE,
	[WRITE_FILES] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE |
	                LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
	                LANDLOCK_ACCESS_FS_REMOVE_DIR | ACCESS_TRUNCATE,
};

#define MOST_PATHS 64
static struct {
	const char *path;
	enum access access;
} allowed[MOST_PATHS];
static int allowed_count;

static void allow_path(const char *path, enum access access) {
	if (allowed_count == MOST_PATHS) {
		fprintf(stderr, "ffmpeg-launcher: more than %d paths\n", MOST_PATHS);
		_exit(126);
	}
	allowed[allowed_count].path = path;
	allowed[allowed_count++].access = access;
}

/* Returns 0 where the kernel has no Landlock, or has it switched off. */
static int landlock_version(void) {
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	return version < 0 ? 0 : (int)version;
}

static int add_rule(int rules, int file, uint64_t rights, uint64_t handled) {
	struct stat found;
	if (fstat(file, &found) != 0) return -1;
	if (!S_ISDIR(found.st_mode)) rights &= FILE_RIGHTS;
	struct landlock_path_beneath_attr rule = {.allowed_access = rights & handled, .parent_fd = file};
	return (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* A path that does not exist needs no rule. */
static int add_path(int rules, const char *path, uint64_t rights, uint64_t handled) {
	int file = open(path, O_PATH | O_CLOEXEC);
	if (file < 0) return errno == ENOENT || errno == EACCES ? 0 : -1;
	int result = add_rule(rules, file, rights, handled);
	close(file);
	return result;
}

/* The input is reopened by path when it is a file, so it needs a rule too. */
static int add_input(int rules, int input, uint64_t handled) {
	struct stat found;
	if (fstat(input, &found) != 0 || !S_ISREG(found.st_mode)) return 0;
	return add_rule(rules, input, LANDLOCK_ACCESS_FS_READ_FILE, handled);
}

static int restrict_files(const char *program, int input) {
	int version = landlock_version();
	size_t row = 0;
	while (row < sizeof VERSIONS / sizeof *VERSIONS && VERSIONS[row].version > version) row++;
	if (row == sizeof VERSIONS / sizeof *VERSIONS) return -1;

	const struct ruleset *wanted = &VERSIONS[row].rules;
	int rules = (int)syscall(SYS_landlock_create_ruleset, wanted, VERSIONS[row].size, 0);
	if (rules < 0) return -1;
	if (add_path(rules, program, RIGHTS[READ_FILES], wanted->files) != 0) return -1;
	if (add_path(rules, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE, wanted->files) != 0) return -1;
	if (add_path(rules, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE, wanted->files) != 0)
		return -1;
	if (add_input(rules, input, wanted->files) != 0) return -1;
	for (int index = 0; index < allowed_count; index++)
		if (add_path(rules, allowed[index].path, RIGHTS[allowed[index].access], wanted->files) != 0) return -1;
	int result = (int)syscall(SYS_landlock_restrict_self, rules, 0);
	close(rules);
	return result;
}
