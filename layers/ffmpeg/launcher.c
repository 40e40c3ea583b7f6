/*
 * Runs the program of the same name in the layer's libexec with the layer's own loader and libraries, so it works on
 * any Linux, with or without a C library. It replaces this process: signals, exit code and descriptors are its own.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The platform's folder for layers, used when neither /proc nor the first argument holds the path of this one. */
#define FALLBACK "/opt/bin/"

static char *join(const char *first, const char *second, const char *third) {
	char *joined = malloc(strlen(first) + strlen(second) + strlen(third) + 1);
	if (joined == NULL) _exit(126);
	return strcat(strcat(strcpy(joined, first), second), third);
}

/* Uses only a folder that no other user can write to, because its content decides which fonts are read. */
static void keep_font_cache(void) {
	char folder[64];
	struct stat found;
	if (getenv("XDG_CACHE_HOME") != NULL) return;
	snprintf(folder, sizeof folder, "/tmp/ffmpeg-fonts-%u", (unsigned)geteuid());
	mkdir(folder, 0700);
	if (lstat(folder, &found) != 0 || !S_ISDIR(found.st_mode)) return;
	if (found.st_uid != geteuid() || (found.st_mode & 022) != 0) return;
	setenv("XDG_CACHE_HOME", folder, 0);
}

int main(int argc, char **argv) {
	char self[PATH_MAX] = "";
	if (argc < 1) return 126;
	if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) {
		const char *folder = strchr(argv[0], '/') == NULL ? FALLBACK : "";
		if (strlen(folder) + strlen(argv[0]) >= sizeof self) return 126;
		strcat(strcpy(self, folder), argv[0]);
	}
	char *name = strrchr(self, '/');
	if (name == NULL) return 126;
	*name++ = '\0';
	const char *layer = join(self, "/..", "");
	char *loader = join(layer, "/lib/ld-linux-x86-64.so.2", "");

	char **arguments = calloc((size_t)argc + 7, sizeof *arguments);
	if (arguments == NULL) return 126;
	char *fixed[] = {loader,     "--inhibit-cache", "--library-path", join(layer, "/lib", ""),
	                 "--argv0", argv[0],           join(layer, "/libexec/", name)};
	memcpy(arguments, fixed, sizeof fixed);
	memcpy(arguments + 7, argv + 1, (size_t)argc * sizeof *argv);

	/* The machine's own objects are built for another C library. */
	unsetenv("LD_PRELOAD");
	setenv("FONTCONFIG_FILE", join(layer, "/etc/fonts/fonts.conf", ""), 0);
	keep_font_cache();
	execv(loader, arguments);

	const char *message = join("cannot run ", loader, "\n");
	return write(2, message, strlen(message)) < 0 ? 126 : 127;
}
