"""Names and numbers of the system calls the filter speaks of, on x86-64 and on aarch64.

Each entry is `name:number on x86-64:number on aarch64`, with a dash where the machine lacks it.
Source: the kernel's own `unistd_64.h` and `asm-generic/unistd.h`, up to Linux 6.18.
"""

from __future__ import annotations

import platform
import sys

# What Python, its standard library and the C library need for work inside one process.
_ALLOWED = """
read:0:63 write:1:64 readv:19:65 writev:20:66 pread64:17:67 pwrite64:18:68 preadv:295:69
pwritev:296:70 preadv2:327:286 pwritev2:328:287 open:2:- openat:257:56 openat2:437:437
creat:85:- close:3:57 close_range:436:436 stat:4:- fstat:5:80 lstat:6:- newfstatat:262:79
statx:332:291 access:21:- faccessat:269:48 faccessat2:439:439 readlink:89:- readlinkat:267:78
getcwd:79:17 chdir:80:49 fchdir:81:50 lseek:8:62 dup:32:23 dup2:33:- dup3:292:24 pipe:22:-
pipe2:293:59 fcntl:72:25 flock:73:32 fsync:74:82 fdatasync:75:83 sync_file_range:277:84
ftruncate:77:46 truncate:76:45 fallocate:285:47 fadvise64:221:223 getdents:78:-
getdents64:217:61 mkdir:83:- mkdirat:258:34 rmdir:84:- unlink:87:- unlinkat:263:35 rename:82:-
renameat:264:38 renameat2:316:276 link:86:- linkat:265:37 symlink:88:- symlinkat:266:36
chmod:90:- fchmod:91:52 fchmodat:268:53 fchmodat2:452:452 utime:132:- utimes:235:-
utimensat:280:88 futimesat:261:- umask:95:166 statfs:137:43 fstatfs:138:44 sendfile:40:71
copy_file_range:326:285 splice:275:76 tee:276:77 mmap:9:222 munmap:11:215 mprotect:10:226
mremap:25:216 madvise:28:233 brk:12:214 msync:26:227 mincore:27:232 mlock:149:228
munlock:150:229 mlock2:325:284 mlockall:151:230 munlockall:152:231 membarrier:324:283
rt_sigaction:13:134 rt_sigprocmask:14:135 rt_sigreturn:15:139 rt_sigpending:127:136
rt_sigtimedwait:128:137 rt_sigsuspend:130:133 sigaltstack:131:132 pause:34:- alarm:37:-
getitimer:36:102 setitimer:38:103 restart_syscall:219:128 futex:202:98 futex_waitv:449:449
set_robust_list:273:99 get_robust_list:274:100 rseq:334:293 set_tid_address:218:96
arch_prctl:158:- gettid:186:178 getpid:39:172 getppid:110:173 getuid:102:174 geteuid:107:175
getgid:104:176 getegid:108:177 getgroups:115:158 getresuid:118:148 getresgid:120:150
getpgrp:111:- getpgid:121:155 getsid:124:156 clock_gettime:228:113 clock_getres:229:114
clock_nanosleep:230:115 nanosleep:35:101 gettimeofday:96:169 time:201:- times:100:153
getrusage:98:165 getrlimit:97:163 sysinfo:99:179 uname:63:160 getcpu:309:168 getrandom:318:278
timer_create:222:107 timer_settime:223:110 timer_gettime:224:108 timer_getoverrun:225:109
timer_delete:226:111 timerfd_create:283:85 timerfd_settime:286:86 timerfd_gettime:287:87
sched_yield:24:124 sched_getaffinity:204:123 sched_getparam:143:121 sched_getscheduler:145:120
sched_get_priority_max:146:125 sched_get_priority_min:147:126 sched_getattr:315:275
getpriority:140:141 poll:7:- ppoll:271:73 select:23:- pselect6:270:72 epoll_create:213:-
epoll_create1:291:20 epoll_ctl:233:21 epoll_wait:232:- epoll_pwait:281:22 epoll_pwait2:441:441
eventfd:284:- eventfd2:290:19 signalfd:282:- signalfd4:289:74 wait4:61:260 waitid:247:95
exit:60:93 exit_group:231:94 sendto:44:206 recvfrom:45:207 sendmsg:46:211 recvmsg:47:212
shutdown:48:210 getsockname:51:204 getpeername:52:205 getsockopt:55:209 setsockopt:54:208
"""

# What no honest solution does: a second process, another program, the network, other processes'
# memory, the mount table, the kernel's wide-open corners. One attempt ends the process.
_KILLED = """
fork:57:- vfork:58:- execve:59:221 execveat:322:281 ptrace:101:117 process_vm_readv:310:270
process_vm_writev:311:271 process_madvise:440:440 process_mrelease:448:448 socket:41:198
connect:42:203 bind:49:200 listen:50:201 accept:43:202 accept4:288:242 mount:165:40
umount2:166:39 pivot_root:155:41 chroot:161:51 open_tree:428:428 move_mount:429:429
fsopen:430:430 fsconfig:431:431 fsmount:432:432 fspick:433:433 mount_setattr:442:442
statmount:457:457 listmount:458:458 bpf:321:280 io_uring_setup:425:425 io_uring_enter:426:426
io_uring_register:427:427 keyctl:250:219 add_key:248:217 request_key:249:218 userfaultfd:323:282
perf_event_open:298:241 setns:308:268 unshare:272:97 pidfd_open:434:434 pidfd_getfd:438:438
pidfd_send_signal:424:424 kcmp:312:272 init_module:175:105 finit_module:313:273
delete_module:176:106 kexec_load:246:104 kexec_file_load:320:294 reboot:169:142 swapon:167:224
swapoff:168:225 open_by_handle_at:304:265 name_to_handle_at:303:264 setuid:105:146
setgid:106:144 setreuid:113:145 setregid:114:143 setresuid:117:147 setresgid:119:149
setfsuid:122:151 setfsgid:123:152 setgroups:116:159 capset:126:91 rt_sigqueueinfo:129:138
rt_tgsigqueueinfo:297:240 shmget:29:194 shmat:30:196 msgget:68:186 semget:64:190 mq_open:240:180
mknod:133:- mknodat:259:33 acct:163:89 iopl:172:- ioperm:173:- modify_ldt:154:- quotactl:179:60
settimeofday:164:170 clock_settime:227:112 clock_adjtime:305:266 adjtimex:159:171
sethostname:170:161 setdomainname:171:162 landlock_create_ruleset:444:444 memfd_secret:447:447
fanotify_init:300:262 syslog:103:116 vhangup:153:58
"""

# Allowed or not by their arguments.
_FILTERED = """
clone:56:220 clone3:435:435 kill:62:129 tkill:200:130 tgkill:234:131 socketpair:53:199
ioctl:16:29 prctl:157:167 prlimit64:302:261
"""

# What the confining code itself calls and no C library wraps.
_CONFINING = """
pivot_root:155:41 capset:126:91 landlock_create_ruleset:444:444 landlock_add_rule:445:445
landlock_restrict_self:446:446
"""

# AUDIT_ARCH_* of <linux/audit.h>; 32-bit calls on a 64-bit kernel carry another value.
_AUDIT_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

MACHINE = platform.machine() if sys.platform == "linux" else ""
AUDIT_ARCHITECTURE = _AUDIT_ARCHITECTURES.get(MACHINE)


def _numbers(table: str) -> dict[str, int]:
    column = 2 if MACHINE == "aarch64" else 1
    rows = (entry.split(":") for entry in table.split())
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


ALLOWED = _numbers(_ALLOWED)
KILLED = _numbers(_KILLED)
FILTERED = _numbers(_FILTERED)
CONFINING = _numbers(_CONFINING)
