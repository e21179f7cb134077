export const sensors = {
  group: {
    temperature: 'Temperatura',
    fans: 'Wentylatory',
    power: 'Zasilanie',
    optics: 'Moduły optyczne',
    environment: 'Wilgotność',
    levels: 'Akumulatory i materiały',
  },
  status: {
    OK: 'W normie',
    WARNING: 'Ostrzeżenie',
    CRITICAL: 'Krytyczny',
    unknown: 'Bez stanu',
  },
  none: 'Nie znamy żadnych czujników',
  noneHint:
    'Czujniki odczytujemy przez SNMP, tam gdzie wskazuje profil urządzenia. Niektóre urządzenia ich nie mają albo nie podają.',
  noMatch: 'Żaden czujnik nie pasuje.',
  search: 'Szukaj czujnika lub portu…',
  onlyBad: 'Tylko ostrzeżenia',
  onlyBadHint: 'Pokazuje czujniki, które nie są w normie',
  open: 'Pokaż historię: {name}',
  close: 'Zamknij historię: {name}',
  limit: {
    lowCritical: 'krytyczny ≤ {value}',
    lowWarning: 'ostrzeżenie ≤ {value}',
    highWarning: 'ostrzeżenie ≥ {value}',
    highCritical: 'krytyczny ≥ {value}',
  },
  ofPort: 'port {port}',
  spark: 'Ostatnia godzina: najniżej {min}, najwyżej {max}.',
  noHistory: 'Podaje tylko swój stan: nie ma wartości do narysowania.',
} as const
