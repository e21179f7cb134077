/*
 * Reads columns of tables side by side with Net-SNMP's library, asynchronously, many agents at a time: the same requests
 * that our collector makes. Prints varbinds and CPU seconds.
 *
 *   snmp-poller ADDRESS PORT SESSIONS ROUNDS REPETITIONS COLUMN…
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <sys/resource.h>

#define COLUMNS_MAX 32

typedef struct {
  netsnmp_session *session;
  int rounds;
  oid at[COLUMNS_MAX][MAX_OID_LEN];
  size_t length[COLUMNS_MAX];
} Walk;

static oid columns[COLUMNS_MAX][MAX_OID_LEN];
static size_t lengths[COLUMNS_MAX];
static int columnCount, repetitions, running;
static long varbinds;
static unsigned long long sum;

static int answered(int operation, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *given);

static void begin(Walk *walk) {
  for (int i = 0; i < columnCount; i++) {
    memcpy(walk->at[i], columns[i], lengths[i] * sizeof(oid));
    walk->length[i] = lengths[i];
  }
}

static void ask(Walk *walk) {
  static const oid upTime[] = {1, 3, 6, 1, 2, 1, 1, 3};
  netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETBULK);
  pdu->non_repeaters = 1;
  pdu->max_repetitions = repetitions;
  snmp_add_null_var(pdu, upTime, 8);
  for (int i = 0; i < columnCount; i++) snmp_add_null_var(pdu, walk->at[i], walk->length[i]);
  if (!snmp_async_send(walk->session, pdu, answered, walk)) {
    snmp_perror("send");
    exit(1);
  }
}

static int answered(int operation, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *given) {
  Walk *walk = given;
  (void)session, (void)id;
  if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE) {
    fprintf(stderr, "no answer\n");
    exit(1);
  }
  int n = -1, ended = 0;
  for (netsnmp_variable_list *v = pdu->variables; v; v = v->next_variable, n++) {
    if (n < 0) continue;
    int i = n % columnCount;
    if (v->type >= SNMP_NOSUCHOBJECT || netsnmp_oid_is_subtree(columns[i], lengths[i], v->name, v->name_length)) {
      ended = 1;
      continue;
    }
    varbinds++;
    /* What any poller would do with it. */
    if (v->type == ASN_COUNTER64) sum += v->val.counter64->low;
    else if (v->type != ASN_OCTET_STR) sum += (unsigned long)*v->val.integer;
    memcpy(walk->at[i], v->name, v->name_length * sizeof(oid));
    walk->length[i] = v->name_length;
  }
  if (!ended) ask(walk);
  else if (--walk->rounds > 0) {
    begin(walk);
    ask(walk);
  } else running--;
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 7) return 64;
  int sessions = atoi(argv[3]);
  repetitions = atoi(argv[5]);
  init_snmp("snmp-poller");
  for (int i = 6; i < argc && columnCount < COLUMNS_MAX; i++) {
    lengths[columnCount] = MAX_OID_LEN;
    if (!read_objid(argv[i], columns[columnCount], &lengths[columnCount])) return 64;
    columnCount++;
  }
  char peer[64];
  snprintf(peer, sizeof peer, "%s:%s", argv[1], argv[2]);
  Walk *walks = calloc((size_t)sessions, sizeof *walks);
  for (int i = 0; i < sessions; i++) {
    netsnmp_session session;
    snmp_sess_init(&session);
    session.version = SNMP_VERSION_2c;
    session.peername = peer;
    session.community = (u_char *)"public";
    session.community_len = 6;
    walks[i].session = snmp_open(&session);
    walks[i].rounds = atoi(argv[4]);
    if (!walks[i].session) return snmp_perror("open"), 1;
    begin(&walks[i]);
    ask(&walks[i]);
    running++;
  }
  while (running > 0) {
    int fds = 0, block = 1;
    fd_set set;
    struct timeval timeout;
    FD_ZERO(&set);
    snmp_select_info(&fds, &set, &timeout, &block);
    int ready = select(fds, &set, NULL, NULL, block ? NULL : &timeout);
    if (ready > 0) snmp_read(&set);
    else snmp_timeout();
  }
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  printf("%ld %f %llu\n", varbinds,
         (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
             (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6,
         sum);
  return 0;
}
