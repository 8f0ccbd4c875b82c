/** Key in the content of events that we send: the delivery that sent them, so that an event that comes back is recognised. */
export const deliveryMark = 'chat.switchboard.delivery';
