/* A mail server that keeps nothing and counts exactly: what the benchmarks and the fault harness send to.
 *
 *     bytes | lines and bodies | verdicts | record | replies, when they are due
 *
 * One thread, one epoll loop. It speaks RFC 5321 with PIPELINING (RFC 2920) and CHUNKING (RFC 3030), on loopback
 * only. Recipients are kept in an exact set, so that "distinct" and "duplicates" are no estimates. It prints
 * {"port": N} when it listens, and its counts as one line of JSON at SIGUSR1 and when it ends (SIGTERM, SIGINT, or
 * the end of its standard input with --until-stdin-ends). XSTATS answers the same JSON; XRESET begins anew.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 18, LINE_MAX_ = 4096, HEAD_MAX = 16384, RECIPIENTS_MAX = 1000, OUT_MAX = 1 << 26 };
enum { SKIP_UNSEEN = 8192 }; /* octets of a chunk from which on the kernel may throw them away by itself */
enum mode { COMMAND, DATA, CHUNK, DEAF }; /* DEAF: said goodbye, reads on so that no reset eats the last reply */
enum dot { IN_LINE, AFTER_CR, LINE_START, AFTER_DOT, AFTER_DOT_CR };

struct text { char *at; size_t size, room; };

struct client {
    int fd;
    uint32_t serial; /* tells a client from its predecessor in the same place */
    enum mode mode;
    enum dot dot;
    int has_sender, is_last, is_refused;
    int is_waiting, is_asking;                       /* for EPOLLOUT; it is the harness, which does not count */
    int goodbye, cut;                                /* once everything due is sent: shut down, or cut the line */
    unsigned recipients;
    uint64_t left, body, hash;     /* of the chunk; of the message so far */
    struct text names, head, part; /* recipients, NUL between; the first octets of the body; half a line */
    struct text out;
    size_t sent, due;              /* out[sent..due] may leave now */
};

struct reply { int64_t at; int fd; uint32_t serial; uint32_t size; }; /* replies that are not due yet */

static struct { int port, chunking, pipelining, eightbit, utf8, size, stdin_ends; int64_t delay;
                double lose, refuse, defer, reject; uint64_t seed; FILE *record; }
    options = {0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, NULL};
static struct { uint64_t messages, recipients, duplicates, bytes, connections, refused; double first, last; } counts;
static struct { char **at; uint64_t room, used; } known; /* the set of recipients, open addressing */
static struct { struct reply *at; size_t first, size, room; } queue;
static struct client **clients; /* by file descriptor */
static int clients_room, epoll, lines_to_write;
static uint32_t serials;
static char input[READ_SIZE + LINE_MAX_];

static int64_t now(void) {
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return moment.tv_sec * 1000000000LL + moment.tv_nsec;
}

static void *sized(void *at, size_t size) {
    if (!(at = realloc(at, size))) { fputs("sink: out of memory\n", stderr); exit(1); }
    return at;
}

static void append(struct text *text, const char *at, size_t size) {
    if (text->size + size > text->room)
        text->at = sized(text->at, text->room = 2 * (text->size + size) + 64);
    memcpy(text->at + text->size, at, size);
    text->size += size;
}

static double chance(void) { /* splitmix64, in [0, 1) */
    uint64_t z = options.seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static uint64_t fnv(uint64_t hash, const char *at, size_t size) { /* FNV-1a, 64 bits */
    for (size_t i = 0; i < size; i++) hash = (hash ^ (unsigned char)at[i]) * 0x100000001b3u;
    return hash;
}
static const uint64_t FNV_START = 0xcbf29ce484222325u;

/* ---- the set of recipients ---- */

static char **place(const char *name) {
    uint64_t at = fnv(FNV_START, name, strlen(name));
    for (at ^= at >> 32;; at++) {
        char **found = &known.at[at & (known.room - 1)];
        if (!*found || !strcmp(*found, name)) return found;
    }
}

static void grow(void) {
    char **old = known.at;
    uint64_t room = known.room;
    known.room = room ? 2 * room : 1 << 20;
    if (!(known.at = calloc(known.room, sizeof *known.at))) exit(1);
    for (uint64_t i = 0; i < room; i++) if (old[i]) *place(old[i]) = old[i];
    free(old);
}

static void count_recipient(const char *name) {
    if (2 * known.used >= known.room) grow(); /* also the first time, and after XRESET */
    char **found = place(name);
    if (*found) { counts.duplicates++; return; }
    *found = strdup(name);
    counts.recipients = ++known.used;
}

static void reset_counts(void) {
    for (uint64_t i = 0; i < known.room; i++) free(known.at[i]);
    free(known.at);
    memset(&known, 0, sizeof known);
    memset(&counts, 0, sizeof counts);
}

static int stats(char *at, size_t size) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
               + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    return snprintf(at, size, "{\"messages\": %lu, \"recipients\": %lu, \"duplicates\": %lu, \"bytes\": %lu, "
                    "\"connections\": %lu, \"refused\": %lu, \"first_at\": %.6f, \"last_at\": %.6f, \"cpu\": %.3f}",
                    counts.messages, counts.recipients, counts.duplicates, counts.bytes, counts.connections,
                    counts.refused, counts.first, counts.last, cpu);
}

static void print_stats(void) {
    char line[512];
    stats(line, sizeof line);
    puts(line);
    fflush(stdout);
}

/* ---- replies ---- */

static void hang_up(struct client *client) {
    close(client->fd); /* epoll forgets it by itself */
    clients[client->fd] = NULL;
    free(client->names.at); free(client->head.at); free(client->part.at); free(client->out.at);
    free(client);
}

static void forget_sent(struct client *client) {
    client->out.size -= client->sent;
    client->due -= client->sent;
    memmove(client->out.at, client->out.at + client->sent, client->out.size);
    client->sent = 0;
}

/* Sends what is due. What was accepted is in the record before the sender can read of it. Frees a client that is
 * cut off; then returns 0. */
static int flush_replies(struct client *client) {
    if (lines_to_write) { fflush(options.record); lines_to_write = 0; }
    while (client->sent < client->due) {
        ssize_t size = send(client->fd, client->out.at + client->sent, client->due - client->sent, MSG_NOSIGNAL);
        if (size < 0 && errno == EAGAIN) break;
        if (size < 0) { hang_up(client); return 0; }
        client->sent += (size_t)size;
    }
    int blocked = client->sent < client->due;
    if (blocked != client->is_waiting) {
        struct epoll_event wanted = {.events = EPOLLIN | (blocked ? EPOLLOUT : 0), .data.fd = client->fd};
        epoll_ctl(epoll, EPOLL_CTL_MOD, client->fd, &wanted);
        client->is_waiting = blocked;
    }
    if (client->sent < client->out.size) {
        if (client->sent > SKIP_UNSEEN) forget_sent(client);
        return 1;
    }
    client->sent = client->due = client->out.size = 0;
    if (client->cut) { hang_up(client); return 0; }
    if (client->goodbye) { shutdown(client->fd, SHUT_WR); client->goodbye = 0; }
    return 1;
}

/* Everything said since the last call was caused by what has just been read: it is due together. */
static int answer(struct client *client, size_t said_before, int64_t read_at) {
    size_t size = client->out.size - said_before;
    if (!options.delay) { client->due = client->out.size; return flush_replies(client); }
    if (!size && !client->cut && !client->goodbye) return 1;
    if (queue.first + queue.size == queue.room) {
        if (queue.first > queue.size) {
            memmove(queue.at, queue.at + queue.first, queue.size * sizeof *queue.at);
            queue.first = 0;
        } else queue.at = sized(queue.at, (queue.room = 2 * queue.room + 1024) * sizeof *queue.at);
    }
    queue.at[queue.first + queue.size++] =
        (struct reply){read_at + options.delay, client->fd, client->serial, (uint32_t)size};
    return 1;
}

/* Sends replies that have become due; returns nanoseconds until the next, or -1. */
static int64_t release_replies(void) {
    while (queue.size) {
        struct reply *reply = &queue.at[queue.first];
        int64_t wait = reply->at - now();
        if (wait > 0) return wait;
        struct client *client = clients[reply->fd];
        queue.first++, queue.size--;
        if (!client || client->serial != reply->serial) continue;
        client->due += reply->size;
        flush_replies(client);
    }
    queue.first = 0;
    return -1;
}

static void say(struct client *client, const char *line) { append(&client->out, line, strlen(line)); }

/* ---- messages ---- */

static void begin_message(struct client *client) {
    client->has_sender = client->is_refused = 0;
    client->recipients = 0;
    client->body = 0;
    client->hash = FNV_START;
    client->names.size = client->head.size = 0;
}

static void take_body(struct client *client, const char *at, size_t size) {
    client->body += size;
    if (!options.record) return;
    client->hash = fnv(client->hash, at, size);
    if (client->head.size < HEAD_MAX) append(&client->head, at, size < HEAD_MAX ? size : HEAD_MAX);
}

/* Message-ID from the header's octets, wherever it is folded; "-" when there is none. */
static void message_id(struct client *client, char *found, size_t room) {
    append(&client->head, "", 1);
    char *header = client->head.at, *end = strstr(header, "\r\n\r\n");
    if (end) end[2] = 0;
    char *at = strncasecmp(header, "Message-ID:", 11) ? strcasestr(header, "\nMessage-ID:") : header;
    snprintf(found, room, "-");
    if (!at) return;
    at = strchr(at, ':') + 1;
    at += strspn(at, " \t\r\n");
    snprintf(found, room, "%.*s", (int)strcspn(at, " \t\r\n"), at);
}

static void record_message(struct client *client) {
    char id[1024];
    message_id(client, id, sizeof id);
    const char *name = client->names.at;
    for (unsigned i = 0; i < client->recipients; i++, name += strlen(name) + 1)
        fprintf(options.record, "%s\t%s\t%016lx\n", name, id, client->hash);
    lines_to_write = 1;
}

static void accept_message(struct client *client) {
    const char *name = client->names.at;
    for (unsigned i = 0; i < client->recipients; i++, name += strlen(name) + 1) count_recipient(name);
    if (options.record) record_message(client);
    counts.last = (double)now() / 1e9;
    if (!counts.messages++) counts.first = counts.last;
    counts.bytes += client->body;
    if (options.lose > 0 && chance() < options.lose) { client->mode = DEAF; client->cut = 1; }
    else say(client, "250 2.0.0 kept in mind\r\n");
    begin_message(client);
}

/* ---- commands ---- */

static void greet(struct client *client) {
    char lines[256];
    snprintf(lines, sizeof lines, "250-sink\r\n%s%s%s%s%s250 ENHANCEDSTATUSCODES\r\n",
             options.pipelining ? "250-PIPELINING\r\n" : "", options.chunking ? "250-CHUNKING\r\n" : "",
             options.eightbit ? "250-8BITMIME\r\n" : "", options.utf8 ? "250-SMTPUTF8\r\n" : "",
             options.size ? "250-SIZE 52428800\r\n" : "");
    say(client, lines);
}

static void mail(struct client *client) {
    begin_message(client);
    if (options.refuse > 0 && chance() < options.refuse) {
        say(client, "421 4.7.0 too much at once, come back later\r\n");
        client->mode = DEAF;
        client->goodbye = 1;
        return;
    }
    client->has_sender = 1;
    say(client, "250 2.1.0 ok\r\n");
}

static void refuse_recipient(struct client *client, const char *reply) {
    counts.refused++;
    say(client, reply);
}

static void recipient(struct client *client, const char *line) {
    const char *start = strchr(line, '<'), *end = start ? strrchr(start, '>') : NULL;
    if (!client->has_sender) { say(client, "503 5.5.1 MAIL first\r\n"); return; }
    if (!end) { say(client, "501 5.1.3 an address stands in angle brackets\r\n"); return; }
    if (client->recipients == RECIPIENTS_MAX) { say(client, "452 4.5.3 too many recipients\r\n"); return; }
    size_t size = (size_t)(end - start - 1);
    /* By the address, so that nobody is unknown today and known tomorrow. */
    uint64_t fate = fnv(FNV_START ^ 0x5851f42d4c957f2du, start + 1, size);
    if (options.reject > 0 && (double)(fate % 1000003) / 1000003.0 < options.reject)
        { refuse_recipient(client, "550 5.1.1 no such reader\r\n"); return; }
    if (options.defer > 0 && chance() < options.defer)
        { refuse_recipient(client, "450 4.2.0 not now\r\n"); return; }
    append(&client->names, start + 1, size);
    append(&client->names, "", 1);
    client->recipients++;
    say(client, "250 2.1.5 ok\r\n");
}

static void data(struct client *client) {
    if (!client->recipients) { say(client, "554 5.5.1 no valid recipients\r\n"); return; }
    client->mode = DATA;
    client->dot = LINE_START;
    say(client, "354 go ahead\r\n");
}

static void chunk_ended(struct client *client) {
    client->mode = COMMAND;
    if (client->is_refused) { say(client, "503 5.5.1 no valid recipients\r\n"); if (client->is_last) begin_message(client); }
    else if (client->is_last) accept_message(client);
    else say(client, "250 2.0.0 and on\r\n");
}

static void chunk(struct client *client, const char *line) {
    char *end;
    if (!options.chunking) { say(client, "502 5.5.1 no such command\r\n"); return; }
    client->left = strtoull(line + 4, &end, 10);
    client->is_last = !strcasecmp(end, " LAST");
    if (end == line + 4 || (*end && !client->is_last)) { say(client, "501 5.5.4 BDAT size [LAST]\r\n"); return; }
    client->is_refused = !client->recipients;
    client->mode = CHUNK;
    if (!client->left) chunk_ended(client);
}

static void is_no_sender(struct client *client) {
    if (!client->is_asking && counts.connections) counts.connections--;
    client->is_asking = 1;
}

static void command(struct client *client, const char *line) {
    char answer[600] = "250 ";
    if (!strncasecmp(line, "MAIL FROM:", 10)) mail(client);
    else if (!strncasecmp(line, "RCPT TO:", 8)) recipient(client, line);
    else if (!strncasecmp(line, "BDAT ", 5)) chunk(client, line);
    else if (!strcasecmp(line, "DATA")) data(client);
    else if (!strncasecmp(line, "EHLO", 4)) { begin_message(client); greet(client); }
    else if (!strncasecmp(line, "HELO", 4)) { begin_message(client); say(client, "250 sink\r\n"); }
    else if (!strcasecmp(line, "RSET")) { begin_message(client); say(client, "250 2.0.0 ok\r\n"); }
    else if (!strncasecmp(line, "NOOP", 4)) say(client, "250 2.0.0 ok\r\n");
    else if (!strcasecmp(line, "QUIT")) { say(client, "221 2.0.0 bye\r\n"); client->mode = DEAF; client->goodbye = 1; }
    else if (!strcasecmp(line, "XRESET")) { is_no_sender(client); reset_counts(); say(client, "250 2.0.0 ok\r\n"); }
    else if (!strcasecmp(line, "XSTATS")) {
        is_no_sender(client);
        strcpy(answer + 4 + stats(answer + 4, 500), "\r\n");
        say(client, answer);
    }
    else say(client, "502 5.5.1 no such command\r\n");
}

/* ---- what comes in ---- */

static const char *take_line(struct client *client, char *at, char *end) {
    char *stop = memchr(at, '\n', (size_t)(end - at));
    if (!stop) { /* half a line: kept until the rest comes */
        append(&client->part, at, (size_t)(end - at));
        return end;
    }
    char *last = stop > at && stop[-1] == '\r' ? stop - 1 : stop;
    *last = 0;
    command(client, at);
    return stop + 1;
}

static const char *take_chunk(struct client *client, const char *at, const char *end) {
    uint64_t size = (uint64_t)(end - at);
    if (size > client->left) size = client->left;
    take_body(client, at, size);
    if (!(client->left -= size)) chunk_ended(client);
    return at + size;
}

/* To where a line begins with a dot or might, or to the end: the only places where anything has to be decided. */
static const char *line_before_dot(struct client *client, const char *at, const char *end) {
    const char *stop = at - 1;
    while ((stop = memchr(stop + 1, '\n', (size_t)(end - stop - 1))))
        if ((stop + 1 == end || stop[1] == '.') && stop > at && stop[-1] == '\r') {
            client->dot = LINE_START;
            return stop + 1;
        }
    client->dot = end[-1] == '\r' ? AFTER_CR : IN_LINE;
    return end;
}

/* Octets up to the lone dot, with the dots that were put before other dots taken away (RFC 5321 section 4.5.2). */
static const char *take_data(struct client *client, const char *at, const char *end) {
    while (at < end && client->mode == DATA) {
        const char *from = at;
        switch (client->dot) {
        case IN_LINE:
            at = line_before_dot(client, at, end);
            take_body(client, from, (size_t)(at - from));
            break;
        case AFTER_CR:
            client->dot = *at == '\n' ? LINE_START : *at == '\r' ? AFTER_CR : IN_LINE;
            take_body(client, at++, 1);
            break;
        case LINE_START:
            if (*at == '.') { client->dot = AFTER_DOT; at++; } else client->dot = IN_LINE;
            break;
        case AFTER_DOT:
            if (*at == '\r') { client->dot = AFTER_DOT_CR; at++; } else client->dot = IN_LINE;
            break;
        case AFTER_DOT_CR:
            if (*at == '\n') { at++; client->mode = COMMAND; accept_message(client); }
            else { take_body(client, "\r", 1); client->dot = AFTER_CR; }
            break;
        }
    }
    return at;
}

static void take(struct client *client, char *at, char *end) {
    while (at < end && client->mode != DEAF) {
        if (client->mode == COMMAND) at = (char *)take_line(client, at, end);
        else if (client->mode == CHUNK) at = (char *)take_chunk(client, at, end);
        else at = (char *)take_data(client, at, end);
    }
}

static ssize_t skip_unseen(struct client *client) { /* nobody looks at these octets: the kernel need not copy them */
    ssize_t size = recv(client->fd, NULL, client->left, MSG_TRUNC);
    if (size <= 0) return size;
    client->body += (uint64_t)size;
    if (!(client->left -= (uint64_t)size)) chunk_ended(client);
    return size;
}

static ssize_t read_and_take(struct client *client) {
    size_t kept = client->part.size;
    if (kept) memcpy(input, client->part.at, kept);
    ssize_t size = recv(client->fd, input + kept, READ_SIZE, 0);
    if (size <= 0) return size;
    client->part.size = 0;
    take(client, input, input + kept + size);
    return size;
}

static void on_readable(struct client *client) {
    size_t said_before = client->out.size;
    int64_t read_at = options.delay ? now() : 0;
    int unseen = client->mode == CHUNK && client->left >= SKIP_UNSEEN && !options.record;
    ssize_t size = unseen ? skip_unseen(client) : read_and_take(client);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0 || client->part.size >= LINE_MAX_ || client->out.size > OUT_MAX) hang_up(client);
    else answer(client, said_before, read_at);
}

static void on_caller(int listener) {
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (fd >= clients_room) {
        int room = 2 * fd + 64;
        clients = sized(clients, (size_t)room * sizeof *clients);
        memset(clients + clients_room, 0, (size_t)(room - clients_room) * sizeof *clients);
        clients_room = room;
    }
    struct client *client = clients[fd] = sized(NULL, sizeof *client);
    *client = (struct client){.fd = fd, .serial = ++serials};
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted);
    counts.connections++;
    begin_message(client);
    say(client, "220 sink ESMTP\r\n");
    answer(client, 0, now());
}

/* ---- the whole ---- */

static int listen_on_loopback(void) {
    int one = 1, room = 4 << 20, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof place;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room); /* clients inherit it */
    if (bind(fd, (struct sockaddr *)&place, size) || listen(fd, 1024)) { perror("sink"); exit(1); }
    getsockname(fd, (struct sockaddr *)&place, &size);
    printf("{\"port\": %d}\n", ntohs(place.sin_port));
    fflush(stdout);
    return fd;
}

static int listen_to_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM); sigaddset(&set, SIGINT); sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int is_the_end(int signals) { /* of a signal that has come: 1 unless it only asks for the counts */
    struct signalfd_siginfo come;
    if (read(signals, &come, sizeof come) != sizeof come) return 0;
    if (come.ssi_signo != SIGUSR1) return 1;
    print_stats();
    return 0;
}

static void watch(int fd) {
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted);
}

static void serve(int listener, int signals) {
    struct epoll_event come[256];
    for (;;) {
        int64_t wait = release_replies();
        struct timespec patience = {wait / 1000000000, wait % 1000000000};
        int number = epoll_pwait2(epoll, come, 256, wait < 0 ? NULL : &patience, NULL);
        for (int i = 0; i < number; i++) {
            int fd = come[i].data.fd;
            if (fd == listener) on_caller(listener);
            else if (fd == signals) { if (is_the_end(signals)) return; }
            else if (fd == STDIN_FILENO) { if (read(fd, input, READ_SIZE) <= 0) return; }
            else if (clients[fd] && (!(come[i].events & EPOLLOUT) || flush_replies(clients[fd]))
                     && come[i].events & ~(uint32_t)EPOLLOUT) on_readable(clients[fd]);
        }
    }
}

static void read_options(int count, char **words) {
    static const struct option names[] = {
        {"port", 1, 0, 'p'}, {"delay-ms", 1, 0, 'd'}, {"record", 1, 0, 'o'}, {"seed", 1, 0, 's'},
        {"lose-replies", 1, 0, 'l'}, {"refuse-421", 1, 0, 'r'}, {"defer", 1, 0, 'f'}, {"reject", 1, 0, 'j'},
        {"no-chunking", 0, &options.chunking, 0}, {"no-pipelining", 0, &options.pipelining, 0},
        {"no-8bitmime", 0, &options.eightbit, 0}, {"no-smtputf8", 0, &options.utf8, 0},
        {"no-size", 0, &options.size, 0}, {"until-stdin-ends", 0, &options.stdin_ends, 1}, {0, 0, 0, 0}};
    for (int name; (name = getopt_long(count, words, "", names, NULL)) != -1;)
        switch (name) {
        case 0: break;
        case 'p': options.port = atoi(optarg); break;
        case 'd': options.delay = (int64_t)(atof(optarg) * 1e6); break;
        case 's': options.seed = strtoull(optarg, NULL, 10); break;
        case 'l': options.lose = atof(optarg); break;
        case 'r': options.refuse = atof(optarg); break;
        case 'f': options.defer = atof(optarg); break;
        case 'j': options.reject = atof(optarg); break;
        case 'o': if ((options.record = fopen(optarg, "a"))) break; perror(optarg); exit(1);
        default: exit(2);
        }
}

int main(int count, char **words) {
    read_options(count, words);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    int signals = listen_to_signals(), listener = listen_on_loopback();
    watch(signals);
    watch(listener);
    if (options.stdin_ends) watch(STDIN_FILENO);
    serve(listener, signals);
    if (options.record) fclose(options.record);
    print_stats();
    return 0;
}
