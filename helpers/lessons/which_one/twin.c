/* A round trip between two processes on one core, without Python: nanoseconds for one of them.

   cc -O2 -o twin helpers/lessons/which_one/twin.c -lrt -pthread && ./twin pipe 64
   The first word is pipe, unix, tcp, queue or semaphore, the second the bytes of a message. The figures that notebook
   16 shows are in notebooks/recordings/python_beside_c.json; tools/beside_c.py has measured them, in turn with Python. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int in[2], out[2]; /* descriptors of the client's side and of the server's */
static mqd_t queues[2];
static struct { sem_t full[2]; char box[2][1 << 20]; } *memory;
static char kind, space[1 << 20];

static void sure(int right) {
    if (!right) { perror("twin"); exit(1); }
}

static void put(int side, long size) {
    if (kind == 'q') {
        sure(mq_send(queues[side], space, size, 0) == 0);
    } else if (kind == 's') {
        memcpy(memory->box[side], space, size);
        sem_post(&memory->full[side]);
    } else {
        sure(write(out[side], space, size) == size);
    }
}

static void get(int side, long size) {
    if (kind == 'q') {
        sure(mq_receive(queues[!side], space, 8192, NULL) == size);
    } else if (kind == 's') {
        sem_wait(&memory->full[!side]);
        memcpy(space, memory->box[!side], size);
    } else {
        for (long got = 0, more; got < size; got += more)
            sure((more = read(in[side], space + got, size - got)) > 0);
    }
}

static void connect_tcp(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    sure(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 1) == 0);
    sure(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
    in[0] = out[0] = socket(AF_INET, SOCK_STREAM, 0);
    sure(connect(in[0], (struct sockaddr *)&address, length) == 0);
    in[1] = out[1] = accept(listener, NULL, NULL);
    for (int side = 0; side < 2; side++) setsockopt(in[side], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void open_all(void) {
    int there[2], back[2];
    if (kind == 'u') {
        sure(socketpair(AF_UNIX, SOCK_STREAM, 0, in) == 0);
        memcpy(out, in, sizeof in);
    } else if (kind == 't') {
        connect_tcp();
    } else if (kind == 'p') {
        sure(pipe(there) == 0 && pipe(back) == 0);
        in[0] = back[0], out[0] = there[1], in[1] = there[0], out[1] = back[1];
    }
    for (int side = 0; kind == 'q' && side < 2; side++) {
        struct mq_attr attributes = {.mq_maxmsg = 10, .mq_msgsize = 8192};
        char name[40];
        snprintf(name, sizeof name, "/twin-%d-%d", getpid(), side);
        sure((queues[side] = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes)) != -1);
        mq_unlink(name);
    }
    memory = mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int side = 0; side < 2; side++) sem_init(&memory->full[side], 1, 0);
}

int main(int count, char **arguments) {
    sure(count == 3);
    kind = arguments[1][0];
    long size = atol(arguments[2]), times = size > 8192 ? 60 : 300;
    struct timespec begin, end;
    cpu_set_t core;
    CPU_ZERO(&core);
    CPU_SET(sched_getcpu(), &core);
    sched_setaffinity(0, sizeof core, &core);
    open_all();
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) { get(1, size); put(1, size); }
    }
    for (long number = -times / 10; number < times; number++) { /* the first tenth warms up */
        if (number == 0) clock_gettime(CLOCK_MONOTONIC, &begin);
        put(0, size);
        get(0, size);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.1f\n", ((end.tv_sec - begin.tv_sec) * 1e9 + end.tv_nsec - begin.tv_nsec) / times);
    return 0;
}
