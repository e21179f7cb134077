export const health = {
  title: 'Stan potoku danych',
  every: 'Odświeżane co 5 sekund',
  level: {
    good: 'Sprawny',
    idle: 'Bezczynny',
    warn: 'Uwaga',
    bad: 'Opóźniony',
  },
  lag: 'Opóźnienie',
  backlog: 'Zaległości',
  last: 'Ostatni sukces',
  stage: {
    plan: { title: 'Planowanie', what: 'Odpytania są zlecane o swoim czasie.' },
    'poll.icmp': { title: 'Ping', what: 'Kolektory pingują urządzenia.' },
    'poll.snmp': { title: 'SNMP', what: 'Kolektory czytają liczniki i tabele.' },
    ingest: { title: 'Zapis', what: 'Próbki są zapisywane, a stany oceniane.' },
    events: { title: 'Zdarzenia', what: 'Zmiany stanu trafiają do alertów i przeglądarek.' },
    rollup: { title: 'Agregacja', what: 'Próbki stają się wartościami 5-minutowymi i godzinnymi.' },
    traps: { title: 'Trapy', what: 'Trapy SNMP są zapisywane i przekazywane.' },
  },
  hint: {
    plan: 'Sprawdź, czy planista działa i łączy się z bazą danych i Redisem. Kolektory dalej odpytują to, co ostatnio.',
    traps: 'Sprawdź, czy proces zapisu działa i kto wysyła tak wiele: pokazuje to strona trapów.',
    'poll.icmp':
      'Sprawdź, czy kolektor działa i łączy się z Redisem. Jeśli odpytania przychodzą, lecz z opóźnieniem, wydłuż odstępy lub dodaj kolektor.',
    'poll.snmp':
      'Spójrz na najwolniejsze urządzenia poniżej: dłuższy odstęp lub krótszy limit czasu odciąży kolektor. Możesz też dodać kolektor.',
    ingest:
      'Sprawdź, czy proces zapisu działa, a baza danych odpowiada. Nic nie ginie, dopóki partie czekają w kolejce.',
    events: 'Sprawdź, czy Redis odpowiada. Zmiany są w bazie danych i zostaną przekazane, gdy wróci.',
    rollup:
      'Sprawdź dziennik procesu zapisu. Wykresom długich zakresów brakuje najnowszego czasu, dopóki nie nadrobi.',
    other: 'Zajrzyj do dziennika procesu, który to wykonuje.',
  },
  tile: {
    samples: 'Zapisane próbki',
    polls: 'Odpytania',
    success: 'Udane odpytania',
    lag: 'Opóźnienie zapisu',
    refused: 'Odrzucone w 24 h',
  },
  chart: {
    samples: 'Zapisane próbki, ostatnia godzina',
    polls: 'Odpytania i błędy, ostatnia godzina',
    stored: 'Zapisane',
    polled: 'Odpytania',
    failed: 'Nieudane',
  },
  queue: {
    title: 'Kolejki i kolektory',
    name: 'Kolejka',
    waiting: 'Czeka',
    active: 'W toku',
    delayed: 'Odłożone',
    failed: 'Nieudane',
  },
  collector: {
    title: 'Kolektory, średnia z ostatniej godziny',
    name: 'Kolektor',
    polls: 'Odpyt./min',
    samples: 'Próbki',
    success: 'Udane',
  },
  slowest: {
    title: 'Najwolniejsze odpytania SNMP teraz',
    none: 'Żadnego odpytania SNMP w ostatnich 15 minutach.',
  },
  refused: {
    title: 'Odrzucone w ostatnich 24 godzinach',
    none: 'Niczego nie odrzucono',
    noneHint: 'Próbki o niemożliwym czasie lub nazwie byłyby tu policzone według przyczyny.',
    column: {
      reason: 'Przyczyna',
      count: 'Liczba',
      last: 'Ostatnio',
    },
    reason: {
      future: 'Próbka z przyszłości: zegar spieszy o ponad 5 minut',
      too_old: 'Próbka starsza niż to, co przechowujemy',
      instance: 'Próbka interfejsu o niemożliwej nazwie',
      outcome_future: 'Odpytanie z przyszłości: zegar spieszy o ponad 5 minut',
    },
  },
} as const
