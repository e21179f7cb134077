export const interfaceWords = {
  trail: 'Gdzie jesteś',
  missing: {
    title: 'Nie ma takiego interfejsu',
    hint: 'Urządzenie mogło przestać go zgłaszać albo odnośnik jest błędny.',
  },
  fact: {
    in: 'Wej.',
    out: 'Wyj.',
    errors: 'Błędy/s',
    discards: 'Odrzuc./s',
    changed: 'Ostatnia zmiana',
    speed: 'Szybkość',
    mtu: 'MTU',
    mac: 'MAC',
    type: 'Typ',
    index: 'ifIndex',
    description: 'Nazwa opisowa',
    seen: 'Ostatnio widziany',
  },
  alerts: 'Alerty tego interfejsu',
  history: {
    title: 'Historia tożsamości',
    kind: {
      RENAMED: 'Zmiana nazwy',
      SWAPPED: 'Zamiana nazw',
      HARDWARE_CHANGED: 'Inny sprzęt',
      RENUMBERED: 'Nowa numeracja portów',
    },
  },
  operTitle: 'Działanie i przerwy',
  oper: {
    UP: 'Działa',
    DOWN: 'Nie działa',
    DEGRADED: 'Działa i nie działa',
    UNKNOWN: 'Nie mierzono',
  },
} as const
