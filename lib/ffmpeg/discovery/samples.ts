/** A tenth of a second or two of a 1 kHz tone in three containers: what every ffmpeg that is to be used has to play. */
export const SAMPLES = {
  /** AAC in MPEG-TS, 0.2 s, 24 kHz, mono. */
  mpegts: Buffer.from(
    'R0AREABC8CUAAcEAAP8B/wAB/IAUSBIBBkZGbXBlZwlTZXJ2aWNlMDF3fEPK////////////////////////////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////////////' +
      '//////////////////////////////////////////9HQAAQAACwDQABwQAAAAHwACqxBLL/////////////////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////////////' +
      '/////////////////////////////////////////////////////////////////////////////////////0dQABAAArASAAHBAADh' +
      'APAAD+EA8AC2m8DZ////////////////////////////////////////////////////////////////////////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////////////' +
      '////////////////////////R0EAMAdQAAB7DH4AAAABwAM/gIAFIQAH2GH/8VhAFz/8ASZUqGiLPTSHoyDox+VA/FZXvX4qS0ySSTlH' +
      'xJqSCenZ6dnp0JCQkJCQkJCYtFZ6isZRWMphg0Vi08yFYN7ZZmsJj7cpMYsxSCtd47KxG8rLcp2tRsc+tn1s+to2OjX5q/KVSlUpVKVS' +
      'lUpVElElElElElElElElElElElElElElElElElElElElElElElElElElElElElElElRHAQARUUUUUUUUUUUUUUUUUUUUUUUUUUUUUXD/' +
      '8VhAGx/8AQ6a2opzsol7RL2yXr/j/j/H89cXw85q9f/T/x/p+/njXWr1r3/+n/j/T9/PGutXrXf/8X9/9Px1xrjh1oNZKyBQMDAwMSBg' +
      'avfbsWe9h/KSs4QsGJhoWUQvUczwoN8lPMoo+XyeZRR8vk8wUUUfL5fJ5j1FBvl8uZ54Ciiij5fL5fKvfbsWe9h/KSs4QsGJhoWUQvUc' +
      'zwoN8kcBABJTzKKPl8nmUUfL5PMFFFHy+XyeY9RQb5fLmeeAoooo+Xy+Xyw7otLt2l555555555geeeeeee4//FYQAw//AEc9Ivj07bW' +
      'Y1zjK5+3P/T/119ONS7uXJcjsSRYPkzGT76CPkbCff3D4fHwwfDbYHv7gP/DYT7kD/Bgn3IH+DBPuQP8NhPvCB8Nge5A/w2B76APhsJ9' +
      '4QPhvv/xWEAQf/wA8jQT5BCAxCFBSsyv/639v/9/txxd3cuTRwEAE/j/SST/9ugEhISEhISEhISEhISEhISEhIScePNwnIJKhJUJCQkJ' +
      'KhITdCQm6EhISEhITkEhISEhISEhISEhITM7u6wkJCZppgk4cmmmCTk0000xyaaaaaY5NNNNNNMAqABo4P/xWEAMX/wBNjSL49OAqDK3' +
      '+36f+etS0lySSSOtIgFv8Em29hy3+EnVt7MMY/ALiHdHt7MC3+EhtvYco70muRgUd8hrqsCjvkNdUco75BdVgI75K7pHAQA0SgD/////' +
      '////////////////////////////////////////////////////////////////////////////////////////////rAR3yHuqwTHf' +
      'Ie6rgP/xWEAMH/wBQDSL49OAoVWZ+1fjzNS4kkkkjtiJBnfb0ZHebNnf59GR3mzZ3+cP/AhDpZs78GjI7NmzvwQ5HSbafNC46G2nxC46' +
      'G2nxC46G2nxC46G2n0wuOgzT6YXHRw==',
    'base64',
  ),
  /** AAC in M4A with its index first, 0.2 s, 24 kHz, mono. */
  m4a: Buffer.from(
    'AAAAHGZ0eXBNNEEgAAACAE00QSBpc29taXNvMgAAAu5tb292AAAAbG12aGQAAAAAAAAAAAAAAAAAAAPoAAAAyAABAAABAAAAAAAAAAAA' +
      'AAAAAQAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAACPXRyYWsAAABc' +
      'dGtoZAAAAAMAAAAAAAAAAAAAAAEAAAAAAAAAyAAAAAAAAAAAAAAAAQEAAAAAAQAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAEAA' +
      'AAAAAAAAAAAAAAAAACRlZHRzAAAAHGVsc3QAAAAAAAAAAQAAAMgAAAQAAAEAAAAAAbVtZGlhAAAAIG1kaGQAAAAAAAAAAAAAAAAAAF3A' +
      'AAAWwFXEAAAAAAAtaGRscgAAAAAAAAAAc291bgAAAAAAAAAAAAAAAFNvdW5kSGFuZGxlcgAAAAFgbWluZgAAABBzbWhkAAAAAAAAAAAA' +
      'AAAkZGluZgAAABxkcmVmAAAAAAAAAAEAAAAMdXJsIAAAAAEAAAEkc3RibAAAAGpzdHNkAAAAAAAAAAEAAABabXA0YQAAAAAAAAABAAAA' +
      'AAAAAAAAAgAQAAAAAF3AAAAAAAA2ZXNkcwAAAAADgICAJQABAASAgIAXQBUAAAAAAGSTAABkkwWAgIAFEwhW5QAGgICAAQIAAAAgc3R0' +
      'cwAAAAAAAAACAAAABQAABAAAAAABAAACwAAAABxzdHNjAAAAAAAAAAEAAAABAAAABgAAAAEAAAAsc3RzegAAAAAAAAAAAAAABgAAALIA' +
      'AADRAAAAWgAAAHwAAABbAAAAWQAAABRzdGNvAAAAAAAAAAEAAAMaAAAAGnNncGQBAAAAcm9sbAAAAAIAAAAB//8AAAAcc2JncAAAAABy' +
      'b2xsAAAAAQAAAAYAAAABAAAAPXVkdGEAAAA1bWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAbWRpcmFwcGwAAAAAAAAAAAAAAAAIaWxzdAAA' +
      'AAhmcmVlAAADFW1kYXQBJlSoaIs9NIejIOjH5UD8Vle9fipLTJJJOUfEmpIJ6dnp2enQkJCQkJCQkJi0VnqKxlFYymGDRWLTzIVg3tlm' +
      'awmPtykxizFIK13jsrEbystyna1Gxz62fWz62jY6Nfmr8pVKVSlUpVKVSlUSUSUSUSUSUSUSUSUSUSUSUSUSUSUSUSUSUSUSUSUSUSUS' +
      'USUSUSUSUSUSUSUSVFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFwAQ6a2opzsol7RL2yXr/j/j/H89cXw85q9f/T/x/p+/njXWr1r3/+n/j/' +
      'T9/PGutXrXf/8X9/9Px1xrjh1oNZKyBQMDAwMSBgavfbsWe9h/KSs4QsGJhoWUQvUczwoN8lPMoo+XyeZRR8vk8wUUUfL5fJ5j1FBvl8' +
      'uZ54Ciiij5fL5fKvfbsWe9h/KSs4QsGJhoWUQvUczwoN8lPMoo+XyeZRR8vk8wUUUfL5fJ5j1FBvl8uZ54Ciiij5fL5fLDui0u3aXnnn' +
      'nnnnnmB5555557gBHPSL49O21mNc4yuftz/0/9dfTjUu7lyXI7EkWD5Mxk++gj5Gwn39w+Hx8MHw22B7+4D/w2E+5A/wYJ9yB/gwT7kD' +
      '/DYT7wgfDYHuQP8Nge+gD4bCfeED4b4A8jQT5BCAxCFBSsyv/639v/9/txxd3cuT+P9JJP/26ASEhISEhISEhISEhISEhISEhJx483Cc' +
      'gkqElQkJCQkqEhN0JCboSEhISEhOQSEhISEhISEhISEhMzu7rCQkJmmmCThyaaYJOTTTTTHJpppppjk000000wCoAGjgATY0i+PTgKgy' +
      't/t+n/nrUtJckkkjrSIBb/BJtvYct/hJ1bezDGPwC4h3R7ezAt/hIbb2HKO9JrkYFHfIa6rAo75DXVHKO+QXVYCO+Su6rAR3yHuqwTHf' +
      'Ie6rgAFANIvj04ChVZn7V+PM1LiSSSSO2IkGd9vRkd5s2d/n0ZHebNnf5w/8CEOlmzvwaMjs2bO/BDkdJtp80LjobafELjobafELjoba' +
      'fELjobafTC46DNPphcdH',
    'base64',
  ),
  /** Opus in Ogg, 0.2 s, mono. */
  opus: Buffer.from(
    'T2dnUwACAAAAAAAAAAAAAAAAAAAAAAIotXIBE09wdXNIZWFkAQE4AYC7AAAAAABPZ2dTAAAAAAAAAAAAAAAAAAABAAAASZW+VAEuT3B1' +
      'c1RhZ3MGAAAAZmZtcGVnAQAAABQAAABlbmNvZGVyPUxhdmMgbGlib3B1c09nZ1MABLgmAAAAAAAAAAAAAAIAAACMae7ECy4tMzMxLzAu' +
      'LjIdSIMPmrUNSPSGyjyfgk59aPyiMAr4ukDQOeiQgdVpmFNv/pL1z++qPvd6a6T7gEih+AAMro3W0dDmMasn2HCPBZNQUpDWqByFRd9x' +
      'OEFAhk7gMQnEb279zG49skicG55D6ougGKOQD4L6LiXcsnNhkTFZHtbJBf6i2Z5T/N1QWY+pT6mbIz0+26nabtAIwEicG55D6ougGKOT' +
      'ntt1ICVmLIe6mhEQxGxqCMpLYkNMToENbpwBKjTCairfWJRRuNJLwEicG55D6ougGKOTYneM67CNbg4RHwDHsXweePOFJrc/JMIm3FBR' +
      '344r/areThflpYJInBueQ+qLoBijkRksjeR5LEMvgN9+YL8hn+lbT6cftwS+vwpen5sWtKrlZFLCc0icG55D6ougGKOP1JEeG+BWdswI' +
      'FDfx2F6LahP2PZKafMk04ZO3q1lwTCsMg8HKHEicG55D6ougGKOP6YwwdArifwd/ICxxwtETy0Te7tMaATDTCxe1ZxgMwck5bdhInJPe' +
      'Q+qLoBijj9MFkuRKXNlf2jKpBwPXh0PqCvyimICCpmm5TorBXaLksCNISJyT3kPqi6AYo5ECgADzAYjVv9A1/vTAx9my2wW72J2CxQ+O' +
      'SZtvqG/4Jt3mGCa7rYBIg2yZCoAqLRI/W9qIyibH4DreeYZDpq9OwJtTuA==',
    'base64',
  ),
} as const;
