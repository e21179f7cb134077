/** A place with devices. */
export interface LabSite {
  name: string
  city: string
  country: string
  latitude: number
  longitude: number
  timezone: string
}

export interface City extends Omit<LabSite, 'name'> {
  /** Begins the names of its devices. */
  code: string
}

type CityRow = readonly [
  code: string,
  city: string,
  country: string,
  timezone: string,
  latitude: number,
  longitude: number,
]

const rows: readonly CityRow[] = [
  ['waw', 'Warsaw', 'Poland', 'Europe/Warsaw', 52.2297, 21.0122],
  ['krk', 'Kraków', 'Poland', 'Europe/Warsaw', 50.0647, 19.945],
  ['gdn', 'Gdańsk', 'Poland', 'Europe/Warsaw', 54.352, 18.6466],
  ['ber', 'Berlin', 'Germany', 'Europe/Berlin', 52.52, 13.405],
  ['lon', 'London', 'United Kingdom', 'Europe/London', 51.5074, -0.1278],
  ['nyc', 'New York', 'United States', 'America/New_York', 40.7128, -74.006],
  ['sin', 'Singapore', 'Singapore', 'Asia/Singapore', 1.3521, 103.8198],
  ['wro', 'Wrocław', 'Poland', 'Europe/Warsaw', 51.1079, 17.0385],
  ['poz', 'Poznań', 'Poland', 'Europe/Warsaw', 52.4064, 16.9252],
  ['prg', 'Prague', 'Czechia', 'Europe/Prague', 50.0755, 14.4378],
  ['vie', 'Vienna', 'Austria', 'Europe/Vienna', 48.2082, 16.3738],
  ['muc', 'Munich', 'Germany', 'Europe/Berlin', 48.1351, 11.582],
  ['ams', 'Amsterdam', 'Netherlands', 'Europe/Amsterdam', 52.3676, 4.9041],
  ['par', 'Paris', 'France', 'Europe/Paris', 48.8566, 2.3522],
  ['mad', 'Madrid', 'Spain', 'Europe/Madrid', 40.4168, -3.7038],
  ['mil', 'Milan', 'Italy', 'Europe/Rome', 45.4642, 9.19],
  ['sto', 'Stockholm', 'Sweden', 'Europe/Stockholm', 59.3293, 18.0686],
  ['hel', 'Helsinki', 'Finland', 'Europe/Helsinki', 60.1699, 24.9384],
  ['vno', 'Vilnius', 'Lithuania', 'Europe/Vilnius', 54.6872, 25.2797],
  ['otp', 'Bucharest', 'Romania', 'Europe/Bucharest', 44.4268, 26.1025],
  ['chi', 'Chicago', 'United States', 'America/Chicago', 41.8781, -87.6298],
  ['sfo', 'San Francisco', 'United States', 'America/Los_Angeles', 37.7749, -122.4194],
  ['sao', 'São Paulo', 'Brazil', 'America/Sao_Paulo', -23.5505, -46.6333],
  ['tyo', 'Tokyo', 'Japan', 'Asia/Tokyo', 35.6762, 139.6503],
  ['syd', 'Sydney', 'Australia', 'Australia/Sydney', -33.8688, 151.2093],
]

/** Where sites are opened, in this order; with more sites than cities a city gets another one. */
export const cities: readonly City[] = rows.map(([code, city, country, timezone, latitude, longitude]) => ({
  code,
  city,
  country,
  timezone,
  latitude,
  longitude,
}))

/** Offset of a time zone's standard time from UTC, in seconds; daylight saving is left out so that curves never jump. */
export function standardOffsetSeconds(timezone: string): number {
  const offsets = [0, 6].map((month) => {
    const at = new Date(Date.UTC(2026, month, 1))
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      timeZoneName: 'longOffset',
    }).formatToParts(at)
    const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT'
    const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d+):(\d+)/.exec(text) ?? []
    return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60)
  })
  return Math.min(...offsets)
}
