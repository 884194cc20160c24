/* The loops of helpers/bench/mechanisms in C: the same calls on the same descriptors, without Python.

   An end is one process's side of a mechanism: how it puts a message and how it gets one. The four loops are the same
   for all of them; the ring at the bottom has its own. Each loop returns 0, or an error's number. */

#define _GNU_SOURCE
#include <errno.h>
#include <mqueue.h>
#include <semaphore.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <unistd.h>

enum kind { DESCRIPTORS, STREAM_SOCKET, POSIX_QUEUE, SYSTEM_V_QUEUE, SEMAPHORE, EVENT_COUNTER, SPINNING };

enum { SHORT = 65536 }; /* bytes: as in helpers/bench/mechanisms/streams.py */

struct end {
    int kind;
    int out, in;            /* descriptors, or the identifiers of System V queues */
    int server;             /* 1: it gets first and puts then */
    char *out_box, *in_box; /* shared memory */
    void *post, *wait;      /* semaphores, or the numbers to spin at */
    long capacity;          /* the longest message, in bytes */
    char *space;            /* where a queue's message is put together */
};

static int failed(void) { return errno ? errno : EIO; }

/* Shared memory: tell the other side that there is something. */
static int signal_other(struct end *end) {
    long *mine = end->post;
    if (end->kind == SEMAPHORE) return sem_post(end->post) ? failed() : 0;
    if (end->kind == EVENT_COUNTER) return eventfd_write(end->out, 1) ? failed() : 0;
    __atomic_store_n(mine, *mine + 1, __ATOMIC_RELEASE);
    return 0;
}

/* Shared memory: wait until the other side has told. */
static int await_other(struct end *end) {
    long *mine = end->post, *other = end->wait, next;
    eventfd_t count;
    if (end->kind == SEMAPHORE) return sem_wait(end->wait) ? failed() : 0;
    if (end->kind == EVENT_COUNTER) return eventfd_read(end->in, &count) ? failed() : 0;
    next = *mine + end->server; /* a client waits for its own number, a server for the next one */
    while (__atomic_load_n(other, __ATOMIC_ACQUIRE) != next) {}
    return 0;
}

static int put(struct end *end, const char *message, long size) {
    switch (end->kind) {
    case DESCRIPTORS:
    case STREAM_SOCKET:
        return write(end->out, message, size) == size ? 0 : failed();
    case POSIX_QUEUE:
        return mq_send(end->out, message, size, 0) ? failed() : 0;
    case SYSTEM_V_QUEUE:
        *(long *)end->space = 1; /* the message's type */
        memcpy(end->space + sizeof(long), message, size);
        return msgsnd(end->out, end->space, size, 0) ? failed() : 0;
    default:
        memcpy(end->out_box, message, size);
        return signal_other(end);
    }
}

static int get(struct end *end, char *message, long size) {
    long got = 0, more;
    switch (end->kind) {
    case STREAM_SOCKET:
        if (size > SHORT) return recv(end->in, message, size, MSG_WAITALL) == size ? 0 : failed();
        /* fall through */
    case DESCRIPTORS: /* a datagram comes whole, of a stream a part may come first */
        for (; got < size; got += more)
            if ((more = read(end->in, message + got, size - got)) <= 0) return failed();
        return 0;
    case POSIX_QUEUE:
        got = mq_receive(end->in, end->space, end->capacity, NULL);
        if (got == size) memcpy(message, end->space, size);
        return got == size ? 0 : failed();
    case SYSTEM_V_QUEUE:
        got = msgrcv(end->in, end->space, end->capacity, 0, 0);
        if (got == size) memcpy(message, end->space + sizeof(long), size);
        return got == size ? 0 : failed();
    default:
        if (await_other(end)) return failed();
        memcpy(message, end->in_box, size);
        return 0;
    }
}

/* Shared memory has room for one message: there every message is acknowledged. */
static int one_slot(struct end *end) { return end->kind >= SEMAPHORE; }

int ask(struct end *end, const char *message, char *reply, long size, long times) {
    while (times--)
        if (put(end, message, size) || get(end, reply, size)) return failed();
    return 0;
}

int answer(struct end *end, char *message, long size, long times) {
    while (times--)
        if (get(end, message, size) || put(end, message, size)) return failed();
    return 0;
}

/* `burst`: messages that may be under way before the receiver's word. */
int send_all(struct end *end, const char *message, long size, long times, long burst) {
    char word;
    for (long sent = 1; sent <= times; sent++) {
        if (put(end, message, size)) return failed();
        if (one_slot(end) && await_other(end)) return failed();
        if (!one_slot(end) && (sent % burst == 0 || sent == times) && get(end, &word, 1)) return failed();
    }
    return 0;
}

int receive_all(struct end *end, char *message, long size, long times, long burst) {
    for (long got = 1; got <= times; got++) {
        if (get(end, message, size)) return failed();
        if (one_slot(end) && signal_other(end)) return failed();
        if (!one_slot(end) && (got % burst == 0 || got == times) && put(end, "!", 1)) return failed();
    }
    return 0;
}

/* The ring: messages are copied one by one, and made known `batch` by `batch`. */
struct ring {
    char *bytes;
    long room;                /* bytes, a multiple of a batch */
    long *put_in, *taken_out; /* how many bytes ever */
};

int ring_send(struct ring *ring, const char *message, long size, long times, long batch) {
    long start = *ring->put_in, head = start, end = start + size * times, block = size * batch;
    while (head < end) {
        while (head + block - __atomic_load_n(ring->taken_out, __ATOMIC_ACQUIRE) > ring->room) {}
        for (long last = head + block; head < last; head += size)
            memcpy(ring->bytes + (head - start) % ring->room, message, size);
        __atomic_store_n(ring->put_in, head, __ATOMIC_RELEASE);
    }
    while (__atomic_load_n(ring->taken_out, __ATOMIC_ACQUIRE) != head) {}
    return 0;
}

int ring_receive(struct ring *ring, char *message, long size, long times, long batch) {
    long start = *ring->taken_out, tail = start, end = start + size * times, block = size * batch;
    while (tail < end) {
        while (__atomic_load_n(ring->put_in, __ATOMIC_ACQUIRE) - tail < block) {}
        for (long last = tail + block; tail < last; tail += size)
            memcpy(message, ring->bytes + (tail - start) % ring->room, size);
        __atomic_store_n(ring->taken_out, tail, __ATOMIC_RELEASE);
    }
    return 0;
}

/* What a system call costs at least. */
void system_calls(long times) {
    while (times--) getppid();
}
