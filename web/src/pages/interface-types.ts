/** Names of the interface types that networks have, by their number (IANAifType-MIB). */
const names: Readonly<Record<number, string>> = {
  1: 'other',
  6: 'ethernetCsmacd',
  23: 'ppp',
  24: 'softwareLoopback',
  28: 'slip',
  53: 'propVirtual',
  71: 'ieee80211',
  94: 'adsl',
  108: 'pppMultilinkBundle',
  117: 'gigabitEthernet',
  131: 'tunnel',
  135: 'l2vlan',
  136: 'l3ipvlan',
  142: 'ipForward',
  150: 'mplsTunnel',
  161: 'ieee8023adLag',
  166: 'mpls',
  209: 'bridge',
  244: 'wwanPP2',
}

/** What an interface type is called, with its number. */
export const ifTypeName = (type: number): string => (names[type] ? `${names[type]} (${type})` : String(type))
