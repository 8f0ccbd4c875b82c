import ipaddr from 'ipaddr.js';

/** Of IPv6 only what is handed out for the Internet: everything else tunnels, translates or is local. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** Public by number, but answered inside a cloud: Azure's virtual machine agent. */
const insideClouds = new Set(['168.63.129.16']);

/**
 * Whether an IP address is one on the Internet: not private, loopback, link-local, shared (CGNAT), multicast, reserved,
 * documentation, nor an IPv6 form of an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast' || insideClouds.has(parsed.toString())) return false;
  return parsed.kind() === 'ipv4' || (parsed instanceof ipaddr.IPv6 && parsed.match(globalUnicast));
}
