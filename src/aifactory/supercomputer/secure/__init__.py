"""The secure environment: reviewed code goes in, nothing comes out unseen, and what comes out was checked by people."""
