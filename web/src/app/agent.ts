const browsers: readonly (readonly [RegExp, string])[] = [
  // The order matters: most browsers also name the ones they descend from.
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|Opera)\//, 'Opera'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|Chromium|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/\bcurl\//, 'curl'],
]
const systems: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, 'Android'],
  [/\b(iPhone|iPad|iPod)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

const match = (table: typeof browsers, text: string) => table.find(([pattern]) => pattern.test(text))?.[1]

/** A client by its `User-Agent`, as people call it: `Firefox · Linux`. What is not known is shown as it came. */
export function agentName(userAgent: string): string {
  const known = [match(browsers, userAgent), match(systems, userAgent)].filter(Boolean)
  return known.length > 0 ? known.join(' · ') : userAgent.slice(0, 60)
}
