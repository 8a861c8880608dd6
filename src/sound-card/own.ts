/** What our streams are known by at the sound server: nothing of our own is ducked. */
export const OWN_APPLICATION = 'evil-assistant';
