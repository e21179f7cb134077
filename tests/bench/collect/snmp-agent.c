/*
 * An SNMP v2c agent that is never the limit: ifTable and ifXTable of so many ports and sysUpTime.0, encoded before the
 * first request and answered from memory. It checks nothing that a bench's own pollers do right.
 *
 *   snmp-agent ADDRESS PORT INTERFACES     prints "ready" when it listens, and ends with its standard input
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  uint8_t name[24];
  uint8_t length;
  /* The whole SEQUENCE { name, value }. */
  uint8_t binding[96];
  uint8_t bindingLength;
} Object;

static Object *objects;
static int count;

static int putLength(uint8_t *to, int length) {
  if (length < 128) return to[0] = (uint8_t)length, 1;
  if (length < 256) return to[0] = 0x81, to[1] = (uint8_t)length, 2;
  to[0] = 0x82, to[1] = (uint8_t)(length >> 8), to[2] = (uint8_t)length;
  return 3;
}

static int putArc(uint8_t *to, uint32_t arc) {
  int n = 0;
  for (int shift = 28; shift > 0; shift -= 7)
    if (arc >> shift) to[n++] = (uint8_t)((arc >> shift & 0x7f) | 0x80);
  to[n++] = arc & 0x7f;
  return n;
}

static void add(const uint32_t *arcs, int arcCount, int tag, const uint8_t *value, int valueLength) {
  Object *object = &objects[count++];
  int n = 0;
  object->name[n++] = 0x2b;
  for (int i = 2; i < arcCount; i++) n += putArc(object->name + n, arcs[i]);
  object->length = (uint8_t)n;
  uint8_t *to = object->binding;
  *to++ = 0x30;
  *to++ = (uint8_t)(n + valueLength + 4);
  *to++ = 6;
  *to++ = (uint8_t)n;
  memcpy(to, object->name, n), to += n;
  *to++ = (uint8_t)tag;
  *to++ = (uint8_t)valueLength;
  memcpy(to, value, valueLength), to += valueLength;
  object->bindingLength = (uint8_t)(to - object->binding);
}

static int number(uint8_t *to, uint64_t value) {
  int n = 0;
  for (int shift = 56; shift >= 0; shift -= 8) {
    uint8_t octet = (uint8_t)(value >> shift);
    if (n == 0 && octet == 0 && shift > 0) continue;
    if (n == 0 && octet >= 0x80) to[n++] = 0;
    to[n++] = octet;
  }
  return n;
}

/* Types of the columns: i Integer32, s string, g Gauge32, c Counter32, C Counter64, t TimeTicks, o OID. */
static void table(const uint32_t *entry, int length, const char *types, int interfaces) {
  uint32_t arcs[16];
  memcpy(arcs, entry, length * sizeof *entry);
  for (int column = 1; types[column - 1]; column++)
    for (int row = 1; row <= interfaces; row++) {
      uint8_t value[40];
      int n = 0, tag = 2;
      switch (types[column - 1]) {
        case 's': tag = 4, n = sprintf((char *)value, "GigabitEthernet1/0/%d", row); break;
        case 'g': tag = 0x42, n = number(value, 1000000000u); break;
        case 'c': tag = 0x41, n = number(value, 3000000000u + (uint32_t)row); break;
        case 'C': tag = 0x46, n = number(value, 8000000000000ull + (uint64_t)row * column); break;
        case 't': tag = 0x43, n = number(value, 0); break;
        case 'o': tag = 6, n = 2, value[0] = value[1] = 0; break;
        default: n = number(value, column == 1 ? (uint32_t)row : 1);
      }
      arcs[length] = (uint32_t)column, arcs[length + 1] = (uint32_t)row;
      add(arcs, length + 2, tag, value, n);
    }
}

static int later(const uint8_t *a, int aLength, const uint8_t *b, int bLength) {
  int arc = 0, n = 0, common = aLength < bLength ? aLength : bLength;
  for (; n < common && a[n] == b[n]; n++)
    if (a[n] < 0x80) arc = n + 1;
  if (n == aLength || n == bLength) return aLength > bLength;
  uint32_t x = 0, y = 0;
  for (int i = arc; i < aLength; i++) { x = x << 7 | (a[i] & 0x7f); if (a[i] < 0x80) break; }
  for (int i = arc; i < bLength; i++) { y = y << 7 | (b[i] & 0x7f); if (b[i] < 0x80) break; }
  return x > y;
}

static int after(const uint8_t *name, int length) {
  int low = 0, high = count;
  while (low < high) {
    int middle = (low + high) / 2;
    if (later(objects[middle].name, objects[middle].length, name, length)) high = middle;
    else low = middle + 1;
  }
  return low;
}

static const uint8_t *open_(const uint8_t *at, int *length) {
  at++;
  *length = *at++;
  if (*length >= 0x80) {
    int octets = *length & 0x7f;
    for (*length = 0; octets > 0; octets--) *length = *length << 8 | *at++;
  }
  return at;
}

static int integer(const uint8_t **at) {
  int length, value = 0;
  const uint8_t *from = open_(*at, &length);
  for (int i = 0; i < length; i++) value = value << 8 | from[i];
  *at = from + length;
  return value;
}

static uint8_t bindings[65000];
static int filled;

static void put(int index, const uint8_t *name, int length, int missing) {
  if (index < count) {
    if (filled + objects[index].bindingLength > (int)sizeof bindings - 2000) return;
    memcpy(bindings + filled, objects[index].binding, objects[index].bindingLength);
    filled += objects[index].bindingLength;
    return;
  }
  uint8_t *to = bindings + filled;
  *to++ = 0x30, *to++ = (uint8_t)(length + 4), *to++ = 6, *to++ = (uint8_t)length;
  memcpy(to, name, length);
  to[length] = (uint8_t)missing, to[length + 1] = 0;
  filled += length + 6;
}

static int answer(const uint8_t *message, uint8_t *out) {
  int length, type;
  const uint8_t *at = open_(message, &length);
  integer(&at);
  const uint8_t *community = at;
  at = open_(at, &length) + length;
  int communityLength = (int)(at - community);
  type = *at;
  at = open_(at, &length);
  const uint8_t *id = at;
  integer(&at);
  int idLength = (int)(at - id);
  int nonRepeaters = integer(&at), repetitions = integer(&at);
  at = open_(at, &length);
  const uint8_t *end = at + length, *names[128];
  int lengths[128], next[128], total = 0;
  while (at < end && total < 128) {
    at = open_(at, &length);
    const uint8_t *bound = at + length;
    names[total] = open_(at, &lengths[total]);
    next[total] = after(names[total], lengths[total]);
    total++;
    at = bound;
  }
  filled = 0;
  if (type == 0xa0) {
    for (int i = 0; i < total; i++) {
      int found = next[i] - 1;
      int same = found >= 0 && objects[found].length == lengths[i] && !memcmp(objects[found].name, names[i], lengths[i]);
      put(same ? found : count, names[i], lengths[i], 0x81);
    }
  } else {
    if (type == 0xa1) nonRepeaters = total;
    for (int i = 0; i < nonRepeaters && i < total; i++) put(next[i], names[i], lengths[i], 0x82);
    for (int row = 0; row < repetitions && type == 0xa5; row++)
      for (int i = nonRepeaters; i < total; i++) put(next[i] + row, names[i], lengths[i], 0x82);
  }
  /* Back to front, so that lengths are known: into the space before the bindings' copy. */
  uint8_t head[64 + 300];
  int n = 0;
  uint8_t list[4] = {0x30};
  int listHead = 1 + putLength(list + 1, filled);
  int pduLength = idLength + 6 + listHead + filled;
  uint8_t pdu[4] = {0xa2};
  int pduHead = 1 + putLength(pdu + 1, pduLength);
  int whole = 3 + communityLength + pduHead + pduLength;
  head[n++] = 0x30;
  n += putLength(head + n, whole);
  memcpy(head + n, "\x02\x01\x01", 3), n += 3;
  memcpy(head + n, community, communityLength), n += communityLength;
  memcpy(head + n, pdu, pduHead), n += pduHead;
  memcpy(head + n, id, idLength), n += idLength;
  memcpy(head + n, "\x02\x01\x00\x02\x01\x00", 6), n += 6;
  memcpy(head + n, list, listHead), n += listHead;
  memcpy(out, head, n);
  memcpy(out + n, bindings, filled);
  return n + filled;
}

int main(int argc, char **argv) {
  if (argc != 4) return 64;
  int interfaces = atoi(argv[3]);
  objects = calloc((size_t)interfaces * 41 + 1, sizeof *objects);
  static const uint32_t upTime[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
  static const uint32_t ifEntry[] = {1, 3, 6, 1, 2, 1, 2, 2, 1};
  static const uint32_t ifXEntry[] = {1, 3, 6, 1, 2, 1, 31, 1, 1, 1};
  uint8_t ticks[8];
  add(upTime, 9, 0x43, ticks, number(ticks, 123456));
  table(ifEntry, 9, "isiigsiitcccccccccccgo", interfaces);
  table(ifXEntry, 10, "sccccCCCCCCCCigiist", interfaces);
  int socket_ = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;
  setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &own.sin_addr);
  if (bind(socket_, (struct sockaddr *)&own, sizeof own)) return perror("bind"), 1;
  puts("ready");
  fflush(stdout);
  struct pollfd waits[2] = {{socket_, POLLIN, 0}, {0, POLLIN, 0}};
  static uint8_t in[65536], out[65536];
  for (;;) {
    struct sockaddr_in from;
    socklen_t fromLength = sizeof from;
    ssize_t got = recvfrom(socket_, in, sizeof in, MSG_DONTWAIT, (struct sockaddr *)&from, &fromLength);
    if (got > 0) {
      sendto(socket_, out, answer(in, out), 0, (struct sockaddr *)&from, fromLength);
      continue;
    }
    poll(waits, 2, -1);
    if (waits[1].revents) return 0;
  }
}
