// Handed to node-record-lpcm16 by its path: it wants a function that makes a command of its options. Ours is made already.
module.exports = ({ cmd, args, spawnOptions }: { cmd: string; args: string[]; spawnOptions: object }) => ({
  cmd,
  args,
  spawnOptions,
});
