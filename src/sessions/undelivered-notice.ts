/** What agents read when a message did not, or perhaps did not, reach the customer. */
export function undeliveredNotice(status: 'failed' | 'unclear', reason: string): string {
  return status === 'failed'
    ? `Not delivered: ${reason}. To send it again, reply to it with !retry.`
    : `It is unclear whether this was delivered: ${reason}. To send it again (the customer may see it twice), reply to it with !retry.`;
}

/** What agents read at it when the network tells later. */
export const clearedNotice = 'It is clear now: this did go out. There is no need to send it again.';
